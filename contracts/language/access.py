"""Who may do what: roles, permissions, and the one matrix between them."""

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


class Role(enum.StrEnum):
    """What a caller is. A super admin belongs to no tenant; everybody else belongs to exactly one."""

    SUPER_ADMIN = "super_admin"
    TENANT_ADMIN = "tenant_admin"
    OPERATOR = "operator"
    VIEWER = "viewer"


class Permission(enum.StrEnum):
    """What a command or a view asks of its caller. `self` is what everybody may: to look after their own account."""

    TENANTS_READ = "tenants.read"
    TENANTS_WRITE = "tenants.write"
    DEVICES_READ = "devices.read"
    DEVICES_WRITE = "devices.write"
    DEVICES_RETIRE = "devices.retire"
    METRICS_READ = "metrics.read"
    AUDIT_READ = "audit.read"
    PLATFORM_READ = "platform.read"
    PLATFORM_WRITE = "platform.write"
    USERS_READ = "users.read"
    USERS_WRITE = "users.write"
    API_KEYS_READ = "api_keys.read"
    API_KEYS_WRITE = "api_keys.write"
    SELF = "self"


_VIEWER: Final = frozenset({Permission.TENANTS_READ, Permission.DEVICES_READ, Permission.METRICS_READ, Permission.SELF})
_OPERATOR: Final = _VIEWER | {Permission.DEVICES_WRITE}
_TENANT_ADMIN: Final = _OPERATOR | {
    Permission.DEVICES_RETIRE,
    Permission.AUDIT_READ,
    Permission.USERS_READ,
    Permission.USERS_WRITE,
    Permission.API_KEYS_READ,
    Permission.API_KEYS_WRITE,
}

MATRIX: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.SUPER_ADMIN: frozenset(Permission),
        Role.TENANT_ADMIN: _TENANT_ADMIN,
        Role.OPERATOR: _OPERATOR,
        Role.VIEWER: _VIEWER,
    }
)


def may_grant(role: Role, granted: Role) -> bool:
    """Whether somebody of the one role may give the other: nobody grants more than they hold."""
    return MATRIX[granted] <= MATRIX[role]


def is_allowed(role: Role, permission: Permission) -> bool:
    """Whether the matrix lets this role do this."""
    return permission in MATRIX[role]
