"""Predictions by click: nothing is told before the commit, everything after it, whichever comes first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ipywidgets import HTML
from shown import page, told, widgets

import kevent_sim as ks


def test_its_controls_have_a_description_and_its_status_line_is_its_status():
    asked = ks.predict("Waiter", "Setter")
    assert all(child.description for child in widgets(asked) if not isinstance(child, HTML))
    assert told(asked) == asked.status == "Mark a choice, then commit to it."


def test_nothing_is_marked_at_first_and_a_click_without_a_mark_commits_to_nothing():
    asked = ks.predict("Waiter", "Setter")
    assert asked.choice.value is None
    asked.button.click()
    assert (asked.committed, asked.status) == (None, "Mark a choice first.")


def test_by_hand_it_is_as_from_code():
    by_hand, from_code = ks.predict(1, 2), ks.predict(1, 2)
    by_hand.choice.value = "2"
    by_hand.button.click()
    from_code.commit(2)
    assert by_hand.committed == from_code.committed == "2"
    assert page(by_hand) == page(from_code)


@given(st.permutations(["compare", "commit"]), st.sampled_from("abc"), st.sampled_from("abc"))
def test_what_happened_is_told_when_both_are_there_in_whichever_order_they_came(order, said, actual):
    asked = ks.predict("a", "b", "c")
    does = {"compare": lambda: asked.compare(actual), "commit": lambda: asked.commit(said)}
    does[order[0]]()
    assert "It was: " not in asked.status
    assert "So it was" not in asked.status
    does[order[1]]()
    assert asked.status.startswith(f"You said: {said}. ")
    assert asked.status.endswith("So it was." if said == actual else f"It was: {actual}. What follows shows why.")
    assert asked.compare(actual) is (said == actual)


def test_before_the_commit_nothing_on_the_page_differs_by_what_happened():
    pages = set()
    for actual in ("one", "all"):
        asked = ks.predict("one", "all")
        asked.compare(actual)
        pages.add((page(asked), repr(asked), str(asked._repr_mimebundle_()["text/html"])))
    assert len(pages) == 1


def test_what_is_committed_stays():
    asked = ks.predict("one", "all")
    asked.commit("one")
    with pytest.raises(ValueError, match="already committed: one; run this cell again to predict again"):
        asked.commit("all")
    asked.button.click()
    assert asked.committed == "one"
    assert asked.status == "Already committed: one; run this cell again to predict again."
    assert asked.choice.disabled
    assert not asked.button.disabled


@pytest.mark.parametrize("choices", [(), ("one",), ("1", 1), ("a", "b", "a")])
def test_choices_are_two_or_more_and_all_different(choices):
    with pytest.raises(ValueError, match="a prediction is one of several different choices"):
        ks.predict(*choices)


def test_what_is_no_choice_is_refused_and_the_choices_are_named():
    asked = ks.predict("one", "all")
    with pytest.raises(ValueError, match="'two' is not a choice; the choices are: one, all"):
        asked.commit("two")
    with pytest.raises(ValueError, match="what happened, two, is not one of the choices: one, all"):
        asked.compare("two")


def test_where_no_widget_lives_the_choices_are_a_list():
    asked = ks.predict("a < b", "b")
    assert asked._repr_mimebundle_()["text/html"] == ('<ul class="choices"><li>a &lt; b</li><li>b</li></ul>')
    assert repr(asked) == "Prediction: a < b | b"


def test_a_refusal_names_the_choice_as_it_is_written():
    asked = ks.predict("Waiter", "STATUS_SUCCESS")
    asked.commit("STATUS_SUCCESS")
    asked.button.click()
    assert asked.status == "Already committed: STATUS_SUCCESS; run this cell again to predict again."
