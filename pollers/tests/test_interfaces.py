from hypothesis import given
from hypothesis import strategies as st

from pollers.interfaces import COUNTERS, INTERFACES_MAX, INVENTORY, counted, listed

COUNTER = st.one_of(st.none(), st.just(""), st.integers(0, 2**64 - 1).map(str), st.just("never"), st.text(max_size=5))


def observed(read, columns):
    observation = read(columns)
    assert observation is not None
    return observation


def table(menu, **columns):
    (length,) = {len(column) for column in columns.values()}
    return tuple(tuple(columns.get(field.replace("-", "_"), (None,) * length)) for field in menu.fields)


@given(st.lists(st.tuples(*[COUNTER] * 9), max_size=6))
def test_every_column_has_a_place_for_every_interface_whatever_the_device_says(rows):
    names = tuple(f"ether{number}" for number in range(len(rows)))
    columns = tuple(zip(*rows, strict=True)) if rows else ((),) * 9
    seen = observed(counted, (names, ("true",) * len(rows), *columns))
    for field in seen.__struct_fields__:
        assert len(getattr(seen, field)) == len(rows)
    for column, told in zip(columns, (seen.rx_bytes, seen.tx_bytes), strict=False):
        for text, number in zip(column, told, strict=True):
            assert number == int(text) if text and text.isascii() and text.isdigit() else number >= 0


def test_a_counter_that_is_left_out_is_zero_and_the_others_stay():
    seen = observed(counted, table(COUNTERS, name=("a", "b"), rx_byte=("7", None), tx_byte=("8", "9")))
    assert (seen.rx_bytes, seen.tx_bytes, seen.rx_errors) == ((7, 0), (8, 9), (0, 0))


def test_an_interface_without_a_size_of_its_own_has_the_one_in_use():
    seen = observed(listed, table(INVENTORY, name=("br",), mtu=("auto",), actual_mtu=("1480",)))
    assert seen.interfaces[0].mtu == 1480


def test_a_concentrator_does_not_flood_the_log():
    many = tuple(f"<pppoe-{number}>" for number in range(INTERFACES_MAX + 9))
    assert len(observed(listed, table(INVENTORY, name=many)).interfaces) == INTERFACES_MAX
    assert len(observed(counted, table(COUNTERS, name=many)).rx_bytes) == INTERFACES_MAX
