#include <check.h>
#include <stdlib.h>

#include "desk/desk.h"
#include "report/report.h"

static struct desk *desk;
static struct desk_screen screen;
static unsigned keys;

static struct desk_row row_of(int number, int severity, enum casework_state state)
{
	struct desk_row row = {
		.contractor_id = 7,
		.id = number,
		.severity = severity,
		.points = 3,
		.count = number % 3 + 1,
		.state = state,
		.level = 2,
	};

	snprintf(row.number, sizeof(row.number), "V-2026-%06d", number);
	snprintf(row.severity_words, sizeof(row.severity_words), "%s",
		 severity == 5 ? "CRIT !!!" : "LOW");
	snprintf(row.clock, sizeof(row.clock), "US 1d 04h");
	snprintf(row.contractor, sizeof(row.contractor), "ACME");
	snprintf(row.rule, sizeof(row.rule), "XFR-CLEAR");
	snprintf(row.title, sizeof(row.title), "Sent in the clear");
	desk_text(row.subject, sizeof(row.subject), TEXT("evil\x1b[31m\xe2\x80\xae\xff"));
	snprintf(row.state_words, sizeof(row.state_words), "%s",
		 casework_state_describe(state)->name);
	snprintf(row.marking, sizeof(row.marking), "CUI");
	return row;
}

static void load(int count)
{
	desk_load(desk, desk_filter(desk), count);
	for (int i = 1; i <= count; i++) {
		struct desk_row row = row_of(i, i == 2 ? 5 : 2, CASEWORK_STATE_FLAGGED);

		ck_assert(desk_append(desk, &row));
	}
	desk_loaded(desk, false);
}

static void begin(void)
{
	desk = desk_new("anna", "");
	ck_assert_ptr_nonnull(desk);
	desk_screen_init(&screen);
	load(10);
	keys = 0;
}

static void end(void)
{
	desk_free(desk);
	desk_screen_done(&screen);
}

/* Shows are answered with a line that names the violation. */
static struct desk_wish press(int key)
{
	struct desk_wish wish = desk_key(desk, key);

	keys++;
	if (wish.kind == DESK_SHOW) {
		char words[64];

		snprintf(words, sizeof(words), "detail of %s\nline two\n",
			 desk_current(desk)->number);
		desk_set_detail(desk, text_of(words));
	}
	return wish;
}

static struct desk_wish type(const char *words)
{
	struct desk_wish wish = { .kind = DESK_NOTHING };

	for (; *words; words++)
		wish = press(*words);
	return wish;
}

static bool shows(const char *words)
{
	for (unsigned i = 0; i < screen.height; i++)
		if (strstr(screen.lines[i].text.data, words))
			return true;
	return false;
}

#define ck_shows(words)                                                                   \
	do {                                                                              \
		desk_draw(desk, 80, 24, &screen);                                         \
		ck_assert_msg(shows(words), "the screen does not show \"%s\"", words);    \
	} while (0)

/* The act was taken: the violation is as the process leaves it. */
static void acted(const struct desk_wish *wish, enum casework_state state, bool waits)
{
	struct desk_row row = row_of((int)wish->target.id, 2, state);

	row.version = wish->target.version + 1;
	row.pending = waits;
	desk_acted(desk, &row, waits);
}

START_TEST(moving_keeps_its_place)
{
	ck_assert_int_eq(press('j').kind, DESK_SHOW);
	ck_assert_str_eq(desk_current(desk)->number, "V-2026-000002");
	press('k');
	press('k');
	ck_assert_str_eq(desk_current(desk)->number, "V-2026-000001");
	press('G');
	ck_assert_str_eq(desk_current(desk)->number, "V-2026-000010");
	ck_shows("detail of V-2026-000010");
	ck_assert_int_eq(press(DESK_KEY_DOWN).kind, DESK_NOTHING);
	press(DESK_KEY_UP);
	ck_assert_str_eq(desk_current(desk)->number, "V-2026-000009");
	/* In the detail, keys move there. */
	press(DESK_KEY_ENTER);
	press('j');
	ck_assert_str_eq(desk_current(desk)->number, "V-2026-000009");
	desk_draw(desk, 80, 24, &screen);
	ck_assert(!shows("detail of"));
	ck_shows("line two");
	press(DESK_KEY_ESCAPE);
	press('j');
	ck_assert_str_eq(desk_current(desk)->number, "V-2026-000010");
}
END_TEST

START_TEST(more_rows_are_asked_for_at_the_end)
{
	desk_loaded(desk, true);
	ck_assert_int_eq(press('G').kind, DESK_MORE);
	struct desk_row row = row_of(11, 2, CASEWORK_STATE_FLAGGED);
	ck_assert(desk_append(desk, &row));
	desk_loaded(desk, false);
	press('j');
	ck_assert_str_eq(desk_current(desk)->number, "V-2026-000011");
}
END_TEST

START_TEST(a_routine_decision_takes_three_keys)
{
	for (int i = 1; i <= 10; i++) {
		char number[24];

		snprintf(number, sizeof(number), "V-2026-%06d", i);
		keys = 0;
		press('d');
		press('l');
		struct desk_wish wish = press(DESK_KEY_ENTER);
		ck_assert_uint_eq(keys, 3);
		ck_assert_int_eq(wish.kind, DESK_ACT);
		ck_assert_int_eq(wish.action, CASEWORK_ACTION_DISMISS);
		ck_assert_str_eq(wish.reason, "FPL");
		ck_assert_ptr_null(wish.note);
		ck_assert_str_eq(wish.data, "{}");
		ck_assert_str_eq(wish.target.number, number);
		acted(&wish, CASEWORK_STATE_DISMISSED, false);
	}
	/* The last one keeps the cursor: there is nothing after it. */
	ck_assert_str_eq(desk_current(desk)->number, "V-2026-000010");
	ck_shows("dismiss FPL; it is dismissed. Undo (u)");
}
END_TEST

START_TEST(no_single_key_decides_or_lets_anything_out)
{
	for (int key = 1; key < 128; key++) {
		struct desk_wish wish;

		end();
		begin();
		wish = press(key);
		if (wish.kind == DESK_ACT)
			ck_assert_msg(wish.action == CASEWORK_ACTION_TAKE ||
					      wish.action == CASEWORK_ACTION_TRIAGE,
				      "the key %d does %s by itself", key,
				      casework_action_describe(wish.action)->name);
	}
	ck_assert_int_eq(press('n').kind, DESK_NOTHING);
	struct desk_wish wish = press(DESK_KEY_ENTER);
	ck_assert_int_eq(wish.kind, DESK_ACT);
	ck_assert_int_eq(wish.action, CASEWORK_ACTION_NOTICE);
	press('d');
	ck_assert_int_eq(press(DESK_KEY_ENTER).kind, DESK_NOTHING);
	ck_shows("First a letter");
	press('l');
	press(DESK_KEY_ESCAPE);
	ck_assert_int_eq(press(DESK_KEY_ENTER).kind, DESK_NOTHING);
}
END_TEST

START_TEST(what_a_reason_needs_is_typed)
{
	press('d');
	press('p');
	ck_assert_int_eq(press(DESK_KEY_ENTER).kind, DESK_NOTHING);
	ck_shows("of (the violation");
	ck_assert_int_eq(press(DESK_KEY_ENTER).kind, DESK_NOTHING);
	type("V-2026-000002");
	struct desk_wish wish = press(DESK_KEY_ENTER);
	ck_assert_int_eq(wish.kind, DESK_ACT);
	ck_assert_str_eq(wish.reason, "DUP");
	ck_assert_str_eq(wish.data, "{\"of\":\"V-2026-000002\"}");
	acted(&wish, CASEWORK_STATE_DISMISSED, false);
	/* BEN needs words; they may have any characters. */
	press('d');
	press('b');
	press(DESK_KEY_ENTER);
	type("\"so\"x");
	press(DESK_KEY_BACKSPACE);
	press(0xe9);
	press(0x1f600);
	press(DESK_KEY_BACKSPACE);
	wish = press(DESK_KEY_ENTER);
	ck_assert_str_eq(wish.reason, "BEN");
	ck_assert_str_eq(wish.note, "\"so\"\xc3\xa9");
	acted(&wish, CASEWORK_STATE_DISMISSED, false);
	/* AUT needs both. */
	press('d');
	press('u');
	press(DESK_KEY_ENTER);
	type("because");
	press(DESK_KEY_ENTER);
	type("E-1");
	wish = press(DESK_KEY_ENTER);
	ck_assert_str_eq(wish.note, "because");
	ck_assert_str_eq(wish.data, "{\"exception\":\"E-1\"}");
}
END_TEST

START_TEST(evidence_is_asked_for_in_words)
{
	struct desk_wish wish;

	ck_assert_int_ne(press('e').kind, DESK_ACT);
	ck_shows("evidence (what is asked for");
	ck_assert_int_ne(press(DESK_KEY_ENTER).kind, DESK_ACT);
	ck_shows("It cannot be done without");
	type("the log of the door");
	wish = press(DESK_KEY_ENTER);
	ck_assert_int_eq(wish.kind, DESK_ACT);
	ck_assert_int_eq(wish.action, CASEWORK_ACTION_REQUEST);
	ck_assert_str_eq(wish.data, "{\"evidence\":\"the log of the door\"}");
	acted(&wish, CASEWORK_STATE_FLAGGED, false);
	ck_shows("V-2026-000001: request; it is flagged. Undo (u)");
}
END_TEST

/* Each view is of the violation under the cursor, and says so; moving on shows the case again. */
START_TEST(views_of_a_violation)
{
	static const struct {
		int key;
		enum desk_view view;
		const char *says;
	} views[] = { { 'h', DESK_VIEW_HISTORY, "-- history of V-2026-000002 Sent in the clear --" },
		      { 'r', DESK_VIEW_RAW, "-- log records of V-2026-000002 " },
		      { 'w', DESK_VIEW_WHY, "-- why here: V-2026-000002 " } };

	press('j');
	for (size_t i = 0; i < ARRAY_LENGTH(views); i++) {
		struct desk_wish wish = press(views[i].key);

		ck_assert_int_eq(wish.kind, DESK_SHOW);
		ck_assert_int_eq(wish.view, views[i].view);
		ck_shows(views[i].says);
		ck_shows("detail of V-2026-000002");
	}
	struct desk_wish wish = press('j');
	ck_assert_int_eq(wish.view, DESK_VIEW_CASE);
	ck_shows("-- V-2026-000003 ");
}
END_TEST

START_TEST(it_is_given_and_noted_and_taken)
{
	struct desk_wish wish = press('a');

	ck_assert_int_eq(wish.kind, DESK_ACT);
	ck_assert_int_eq(wish.action, CASEWORK_ACTION_TAKE);
	acted(&wish, CASEWORK_STATE_FLAGGED, false);
	/* It stays under the cursor: there is more to be done with it. */
	ck_assert_str_eq(desk_current(desk)->number, "V-2026-000001");
	press('=');
	type("bert");
	wish = press(DESK_KEY_ENTER);
	ck_assert_int_eq(wish.action, CASEWORK_ACTION_ASSIGN);
	ck_assert_str_eq(wish.data, "{\"owner\":\"bert\"}");
	acted(&wish, CASEWORK_STATE_FLAGGED, false);
	press('c');
	type("rang them");
	wish = press(DESK_KEY_ENTER);
	ck_assert_int_eq(wish.action, CASEWORK_ACTION_NOTE);
	ck_assert_str_eq(wish.note, "rang them");
	ck_assert_str_eq(wish.target.number, "V-2026-000002");
}
END_TEST

/* On a screen of 80 columns all keys can be read whole, to the last. */
START_TEST(all_keys_are_shown)
{
	size_t count;
	const struct desk_key_words *all = desk_keys(&count);

	press('?');
	for (size_t i = 0; i < count; i++) {
		char line[120];

		snprintf(line, sizeof(line), "> %-10s %s ", all[i].keys, all[i].does);
		ck_shows(line);
		press('j');
	}
	press('k');
	press('x');
	ck_shows("detail of");
	/* And done from there. */
	press('?');
	while (true) {
		desk_draw(desk, 80, 24, &screen);
		if (shows("> t  "))
			break;
		press(DESK_KEY_DOWN);
	}
	struct desk_wish wish = press(DESK_KEY_ENTER);
	ck_assert_int_eq(wish.kind, DESK_ACT);
	ck_assert_int_eq(wish.action, CASEWORK_ACTION_TRIAGE);
}
END_TEST

START_TEST(keys_are_changed)
{
	ck_assert(!desk_key_set(desk, 'd', 'Z'));
	ck_assert(!desk_key_set(desk, DESK_KEY_ENTER, 'd'));
	ck_assert(desk_key_set(desk, 'y', 't'));
	ck_assert(desk_key_set(desk, 't', 'a'));
	ck_assert(desk_key_set(desk, 'a', 0));
	ck_assert_int_ne(press('a').kind, DESK_ACT);
	ck_assert_int_eq(press('t').action, CASEWORK_ACTION_TAKE);
	ck_assert_int_eq(press('y').action, CASEWORK_ACTION_TRIAGE);
	press('?');
	press('G');
	press('?');
	for (int i = 0; i < 11; i++)
		press('j');
	ck_shows("> y          triage");
	press(DESK_KEY_ESCAPE);
	/* What is typed stays what it is. */
	press('/');
	type("tay");
	ck_shows("filter: tay");
	press(DESK_KEY_ESCAPE);
}
END_TEST

START_TEST(without_keys_there_is_a_menu)
{
	struct desk_wish wish;

	desk_keys_off(desk);
	for (int key = ' '; key <= '~'; key++) {
		wish = press(key);
		ck_assert(wish.kind == DESK_NOTHING || wish.kind == DESK_SHOW);
		ck_assert_str_eq(desk_current(desk)->number, "V-2026-000001");
	}
	ck_shows("Enter opens the menu");
	press(DESK_KEY_DOWN);
	press(DESK_KEY_ENTER);
	do {
		press(DESK_KEY_DOWN);
		desk_draw(desk, 80, 24, &screen);
	} while (!shows("> d "));
	press(DESK_KEY_ENTER);
	press('l');
	press(DESK_KEY_DOWN);
	wish = press(DESK_KEY_ENTER);
	ck_assert_int_eq(wish.kind, DESK_ACT);
	ck_assert_str_eq(wish.reason, "FPL");
	ck_assert_str_eq(wish.target.number, "V-2026-000002");
}
END_TEST

START_TEST(suppressing_is_about_the_same_rule_and_subject)
{
	press('s');
	press('l');
	press(DESK_KEY_ENTER);
	type("known");
	press(DESK_KEY_ENTER);
	type("2026-12-31");
	struct desk_wish wish = press(DESK_KEY_ENTER);
	ck_assert_int_eq(wish.kind, DESK_PREVIEW);
	ck_assert_int_eq(wish.target_count, 1);
	ck_assert_int_eq(wish.targets[0].id, wish.target.id);
	ck_assert_int_eq(wish.action, CASEWORK_ACTION_SUPPRESS);
	ck_assert_ptr_nonnull(strstr(wish.data, "\"rule\":true,\"subject\":true"));
	ck_assert_ptr_nonnull(strstr(wish.data, "\"until\":\"2026-12-31\""));
}
END_TEST

START_TEST(an_act_is_taken_back)
{
	struct desk_wish wish;

	ck_assert_int_ne(press('u').kind, DESK_ACT);
	ck_shows("done nothing here");
	press('d');
	press('l');
	wish = press(DESK_KEY_ENTER);
	acted(&wish, CASEWORK_STATE_DISMISSED, false);
	ck_assert_str_eq(desk_current(desk)->number, "V-2026-000002");
	wish = press('u');
	ck_assert_int_eq(wish.kind, DESK_ACT);
	ck_assert_int_eq(wish.action, CASEWORK_ACTION_UNDO);
	ck_assert_str_eq(wish.target.number, "V-2026-000001");
	ck_assert_int_eq(wish.target.version, 1);
	acted(&wish, CASEWORK_STATE_FLAGGED, false);
	ck_assert_str_eq(desk_current(desk)->number, "V-2026-000001");
	ck_shows("taken back; it is flagged");
	ck_assert_int_ne(press('u').kind, DESK_ACT);
}
END_TEST

START_TEST(a_conflict_is_told)
{
	struct desk_row now = row_of(1, 2, CASEWORK_STATE_TRIAGED);

	press('d');
	press('l');
	press(DESK_KEY_ENTER);
	desk_refused(desk, "V-2026-000001 has changed since (2026-11-01T10:00:00Z: triage by bert)",
		     &now);
	ck_shows("Nothing was done: V-2026-000001 has changed since");
	ck_shows("2026-11-01T10:00:00Z");
	ck_shows("by bert)");
	ck_assert_int_eq(desk_current(desk)->state, CASEWORK_STATE_TRIAGED);
	ck_assert_int_ne(press('u').kind, DESK_ACT);
}
END_TEST

START_TEST(new_arrivals_move_nothing)
{
	press('j');
	desk_draw(desk, 80, 24, &screen);
	desk_set_new(desk, 12);
	ck_shows("12 new (press .)");
	ck_assert_str_eq(desk_current(desk)->number, "V-2026-000002");
	ck_assert_int_eq(press('.').kind, DESK_RELOAD);
	/* They come before the one under the cursor, which stays with it. */
	desk_load(desk, "", 12);
	for (int i = 12; i >= 1; i--) {
		struct desk_row row = row_of(i, 2, CASEWORK_STATE_FLAGGED);
		ck_assert(desk_append(desk, &row));
	}
	desk_loaded(desk, false);
	ck_assert_str_eq(desk_current(desk)->number, "V-2026-000002");
	desk_draw(desk, 80, 24, &screen);
	ck_assert(!shows("new (press"));
}
END_TEST

START_TEST(many_are_done_only_after_a_preview)
{
	struct desk_wish wish;

	press('x');
	press('j');
	press('X');
	ck_shows("3 selected");
	press('d');
	press('l');
	wish = press(DESK_KEY_ENTER);
	ck_assert_int_eq(wish.kind, DESK_PREVIEW);
	ck_assert_uint_eq(wish.target_count, 3);
	ck_assert_str_eq(wish.targets[2].number, "V-2026-000003");
	desk_set_preview(desk, 2, true, TEXT("1 is left out: it is closed\n"));
	ck_shows("1 is left out");
	type("3");
	ck_assert_int_eq(press(DESK_KEY_ENTER).kind, DESK_NOTHING);
	ck_shows("That is not how many");
	press(DESK_KEY_BACKSPACE);
	type("2");
	wish = press(DESK_KEY_ENTER);
	ck_assert_int_eq(wish.kind, DESK_DO);
	ck_assert_int_eq(wish.expect, 2);
	desk_done(desk, 1, 1, TEXT("V-2026-000002: somebody is at work on it\n"));
	ck_shows("1 done: dismiss FPL; 1 skipped. Undo (u)");
	ck_shows("somebody is at work");
	ck_assert_str_eq(desk_current(desk)->number, "V-2026-000004");
	wish = press('u');
	ck_assert_int_eq(wish.kind, DESK_PREVIEW);
	ck_assert_int_eq(wish.action, CASEWORK_ACTION_UNDO);
	ck_assert_ptr_null(wish.targets);
	ck_assert_ptr_null(wish.filter);
}
END_TEST

START_TEST(of_acts_on_many_the_last_is_taken_back)
{
	for (int i = 0; i < 2; i++) {
		press('x');
		press('x');
		press('t');
		desk_set_preview(desk, 2, false, TEXT("2\n"));
		ck_assert_int_eq(press(DESK_KEY_ENTER).kind, DESK_DO);
		desk_done(desk, 2, 0, TEXT(""));
	}
	ck_assert_int_eq(press('u').kind, DESK_PREVIEW);
	desk_set_preview(desk, 2, false, TEXT("2\n"));
	ck_assert_int_eq(press(DESK_KEY_ENTER).kind, DESK_DO);
	desk_done(desk, 2, 0, TEXT(""));
	ck_shows("2 done: undo");
	ck_assert_int_ne(press('u').kind, DESK_PREVIEW);
	ck_shows("done nothing here");
}
END_TEST

START_TEST(all_that_match_go_through_a_preview)
{
	struct desk_wish wish;

	press('A');
	ck_shows("all selected");
	wish = press('t');
	ck_assert_int_eq(wish.kind, DESK_PREVIEW);
	ck_assert_ptr_null(wish.targets);
	ck_assert_str_eq(wish.filter, "");
	desk_set_preview(desk, 10, false, TEXT("10\n"));
	press(DESK_KEY_ESCAPE);
	ck_shows("Nothing was done");
	press('A');
	press(DESK_KEY_ESCAPE);
	ck_assert_int_eq(press('t').kind, DESK_ACT);
}
END_TEST

START_TEST(filters_are_typed_and_chosen)
{
	struct desk_wish wish;

	press('/');
	type("severty=low");
	wish = press(DESK_KEY_ENTER);
	ck_assert_int_eq(wish.kind, DESK_RELOAD);
	ck_assert_str_eq(wish.filter, "severty=low");
	desk_filter_refused(desk, "filter, column 1: \"severty\" is not one of");
	ck_shows("filter: severty=low");
	ck_shows("column 1");
	press('u' & 0x1f);
	wish = type("mine");
	press(DESK_KEY_ESCAPE);
	ck_assert_int_eq(press('f').kind, DESK_SAVED);
	desk_saved_add(desk, "mine", "owner=me");
	desk_saved_add(desk, "late", "clock=late");
	desk_saved_end(desk);
	press('j');
	ck_shows("> late");
	wish = press(DESK_KEY_ENTER);
	ck_assert_int_eq(wish.kind, DESK_RELOAD);
	ck_assert_str_eq(wish.filter, "clock=late");
}
END_TEST

START_TEST(a_second_person_signs)
{
	struct desk_row row = row_of(1, 5, CASEWORK_STATE_FLAGGED);
	struct desk_wish wish;

	ck_assert_int_ne(press('2').kind, DESK_ACT);
	ck_shows("waits for nobody's signature");
	row.pending = true;
	desk_load(desk, "", 1);
	ck_assert(desk_append(desk, &row));
	desk_loaded(desk, false);
	press('2');
	press('a');
	wish = press(DESK_KEY_ENTER);
	ck_assert_int_eq(wish.kind, DESK_ACT);
	ck_assert_int_eq(wish.action, CASEWORK_ACTION_APPROVE);
	acted(&wish, CASEWORK_STATE_DISMISSED, false);
	desk_load(desk, "", 1);
	ck_assert(desk_append(desk, &row));
	desk_loaded(desk, false);
	press('2');
	press('r');
	ck_assert_int_eq(press(DESK_KEY_ENTER).kind, DESK_NOTHING);
	type("no");
	wish = press(DESK_KEY_ENTER);
	ck_assert_int_eq(wish.action, CASEWORK_ACTION_REFUSE);
	ck_assert_str_eq(wish.note, "no");
}
END_TEST

START_TEST(what_waits_says_so)
{
	struct desk_wish wish;

	press('d');
	press('l');
	wish = press(DESK_KEY_ENTER);
	acted(&wish, CASEWORK_STATE_FLAGGED, true);
	ck_shows("which waits for a second person");
}
END_TEST

/* Every reason of a decision has a key of its own where it can be picked. */
START_TEST(palettes_have_different_keys)
{
	for (int state = 0; state < CASEWORK_STATE_COUNT; state++) {
		struct desk_row row = row_of(1, 2, (enum casework_state)state);
		struct casework_transition transition;
		bool decided = casework_transition(row.state, CASEWORK_ACTION_DISMISS, &transition) ||
			       casework_transition(row.state, CASEWORK_ACTION_SUSTAIN, &transition) ||
			       casework_transition(row.state, CASEWORK_ACTION_UPHOLD, &transition);
		char seen[256] = "";

		desk_load(desk, "", 1);
		ck_assert(desk_append(desk, &row));
		desk_loaded(desk, false);
		press('d');
		desk_draw(desk, 80, 60, &screen);
		for (unsigned i = 0; decided && i < screen.height; i++) {
			const char *line = screen.lines[i].text.data;

			if (line[0] != ' ' || line[1] != ' ' || line[2] == ' ' || line[3] != ' ' || line[4] != ' ')
				continue;
			ck_assert_msg(is_lower(line[2]), "no key: %s", line);
			ck_assert_msg(!strchr(seen, line[2]), "twice: %s", line);
			seen[strlen(seen)] = line[2];
		}
		ck_assert_uint_eq(decided, strlen(seen) > 1);
		press(DESK_KEY_ESCAPE);
	}
}
END_TEST

START_TEST(every_size_is_filled_and_nothing_runs_over)
{
	desk_set_detail(desk, TEXT("one line that is very much longer than a narrow screen is wide, and so it is cut\n"));
	for (unsigned width = 20; width <= 300; width += 7)
		for (unsigned height = 5; height <= 100; height += 3) {
			desk_draw(desk, width, height, &screen);
			ck_assert_uint_ge(screen.width, DESK_WIDTH_LEAST);
			ck_assert_uint_ge(screen.height, DESK_HEIGHT_LEAST);
			for (unsigned i = 0; i < screen.height; i++)
				ck_assert_uint_eq(report_width(buffer_text(&screen.lines[i].text)),
						  screen.width);
		}
}
END_TEST

START_TEST(nothing_from_a_log_reaches_the_terminal)
{
	desk_draw(desk, 80, 24, &screen);
	for (unsigned i = 0; i < screen.height; i++)
		for (size_t k = 0; k < screen.lines[i].text.length; k++) {
			unsigned char c = (unsigned char)screen.lines[i].text.data[k];

			ck_assert_msg(c >= ' ' && c != 0x7f, "line %u has the byte %u", i, c);
		}
	ck_shows("evil\\x1B[31m");
	ck_shows("CRIT !!!");
	/* The highest marking of what is shown, above and below. */
	ck_assert_ptr_nonnull(strstr(screen.lines[0].text.data, "CUI"));
	ck_assert_ptr_nonnull(strstr(screen.lines[23].text.data, "CUI"));
}
END_TEST

START_TEST(an_empty_desk_takes_all_keys)
{
	desk_load(desk, "", 0);
	desk_loaded(desk, false);
	for (int key = 1; key < 128; key++)
		if (key != 'q')
			desk_key(desk, key);
	desk_draw(desk, 80, 24, &screen);
	ck_assert_ptr_null(desk_current(desk));
}
END_TEST

/* Whatever is pressed, the desk stays whole; answers come as they would. */
START_TEST(any_keys_in_any_order)
{
	unsigned seed = 7;

	for (int i = 0; i < 200000; i++) {
		seed = seed * 1664525u + 1013904223u;
		int key = (int)(seed >> 8) % 150;
		struct desk_wish wish = press(key >= 128 ? DESK_KEY_UP + key % 6 : key ? key : 'j');

		if (wish.kind == DESK_ACT && i % 3)
			acted(&wish, (enum casework_state)(i % CASEWORK_STATE_COUNT), i % 7 == 0);
		else if (wish.kind == DESK_ACT || (wish.kind == DESK_PREVIEW && i % 2))
			desk_refused(desk, "no", NULL);
		else if (wish.kind == DESK_PREVIEW)
			desk_set_preview(desk, i % 3, i % 4 == 0, TEXT("x\n"));
		else if (wish.kind == DESK_DO)
			desk_done(desk, 1, 1, TEXT("y\n"));
		else if (wish.kind == DESK_RELOAD && i % 4 == 0)
			desk_filter_refused(desk, "no");
		else if (wish.kind == DESK_RELOAD)
			load(i % 12);
		else if (wish.kind == DESK_SAVED) {
			desk_saved_add(desk, "a", "b");
			desk_saved_end(desk);
		}
		if (i % 50 == 0)
			desk_draw(desk, seed >> 4 & 127, seed >> 12 & 63, &screen);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("desk");
	TCase *all = tcase_create("keys");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(all, begin, end);
	tcase_set_timeout(all, 60);
	tcase_add_test(all, moving_keeps_its_place);
	tcase_add_test(all, more_rows_are_asked_for_at_the_end);
	tcase_add_test(all, a_routine_decision_takes_three_keys);
	tcase_add_test(all, no_single_key_decides_or_lets_anything_out);
	tcase_add_test(all, what_a_reason_needs_is_typed);
	tcase_add_test(all, evidence_is_asked_for_in_words);
	tcase_add_test(all, views_of_a_violation);
	tcase_add_test(all, it_is_given_and_noted_and_taken);
	tcase_add_test(all, all_keys_are_shown);
	tcase_add_test(all, keys_are_changed);
	tcase_add_test(all, without_keys_there_is_a_menu);
	tcase_add_test(all, suppressing_is_about_the_same_rule_and_subject);
	tcase_add_test(all, an_act_is_taken_back);
	tcase_add_test(all, a_conflict_is_told);
	tcase_add_test(all, new_arrivals_move_nothing);
	tcase_add_test(all, many_are_done_only_after_a_preview);
	tcase_add_test(all, of_acts_on_many_the_last_is_taken_back);
	tcase_add_test(all, all_that_match_go_through_a_preview);
	tcase_add_test(all, filters_are_typed_and_chosen);
	tcase_add_test(all, a_second_person_signs);
	tcase_add_test(all, what_waits_says_so);
	tcase_add_test(all, palettes_have_different_keys);
	tcase_add_test(all, every_size_is_filled_and_nothing_runs_over);
	tcase_add_test(all, nothing_from_a_log_reaches_the_terminal);
	tcase_add_test(all, an_empty_desk_takes_all_keys);
	tcase_add_test(all, any_keys_in_any_order);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
