"""Commands that are more than reading and writing items: one table of them, by full path."""

from ops.simulator.actions import monitors, power, safety, scripts, tools, upgrade
from ops.simulator.call import Action

ACTIONS: dict[str, Action] = {
    **monitors.ACTIONS,
    **power.ACTIONS,
    **safety.ACTIONS,
    **scripts.ACTIONS,
    **tools.ACTIONS,
    **upgrade.ACTIONS,
}
