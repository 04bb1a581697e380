"""What PostgreSQL cannot hold is replaced when it is read, and nothing else is touched."""

from hypothesis import example, given
from hypothesis import strategies as st

from contracts.catalog import CODEC
from contracts.device_log import Line, LinesLogged
from ops.testing.telling import NOON, ROUTER, Telling
from projections.engine.reading import Reader


@given(st.text(alphabet=st.sampled_from("\0\\u0fd ä"), max_size=20))
@example("\0")
@example("\\u0000")
@example("\\\0\\\\u0000\\\\\\u0000\0\0")
def test_a_text_comes_through_with_its_nul_characters_replaced_and_no_other(text):
    told = Telling()
    told.look(LinesLogged(lines=(Line(id="*1", stamp="", at=NOON, message=text),)), device_id=ROUTER)
    (reading,) = Reader(CODEC, None).read(told.deliveries)
    (observed,) = [each.message for each in reading.happened if isinstance(each.message, LinesLogged)]
    assert observed.lines[0].message == text.replace("\0", "\N{REPLACEMENT CHARACTER}")
