"""Every board that a fleet can have, one of each in the order in which a fleet takes them first."""

from ops.simulator.boards import version6, version7

BOARDS = (*version6.BOARDS, *version7.BOARDS)
