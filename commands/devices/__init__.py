"""Devices: the list of the fleet, how each is opened, and whether it is trusted.

Whether a device answers is `reachability`; what it is, the pollers say.
"""

from typing import Final

from commands.devices.decide import (
    decide_add,
    decide_move,
    decide_rename,
    decide_retire,
    decide_set_credential,
    decide_trust,
    decide_try_login,
)
from commands.devices.device import DEVICE
from commands.devices.login import decide_certificate, decide_overdue, decide_probed, next_login_wishes
from commands.engine.handler import Handler, Process, Reaction
from contracts.devices import (
    AddDevice,
    CertificateSeen,
    LoginAsked,
    LoginFailed,
    LoginOverdue,
    LoginProbed,
    LoginProved,
    MoveDevice,
    RenameDevice,
    RetireDevice,
    SetCredential,
    TrustDevice,
    TryLogin,
)

HANDLERS: Final = (
    Handler(AddDevice, DEVICE, decide_add),
    Handler(RenameDevice, DEVICE, decide_rename),
    Handler(MoveDevice, DEVICE, decide_move),
    Handler(SetCredential, DEVICE, decide_set_credential),
    Handler(TryLogin, DEVICE, decide_try_login),
    Handler(TrustDevice, DEVICE, decide_trust),
    Handler(RetireDevice, DEVICE, decide_retire),
)
REACTIONS: Final = (
    Reaction(message=LoginProbed, fold=DEVICE, decide=decide_probed),
    Reaction(message=CertificateSeen, fold=DEVICE, decide=decide_certificate),
    Reaction(message=LoginOverdue, fold=DEVICE, decide=decide_overdue, about="device_id"),
)
PROCESSES: Final = (
    Process(name="login", facts=(LoginAsked, LoginProved, LoginFailed), fold=DEVICE, step=next_login_wishes),
)
