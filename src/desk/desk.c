#include "desk/state.h"

#include <stdlib.h>

void desk_text(char *ret, size_t size, struct text t)
{
	CLEAN(buffer) struct buffer safe;
	struct text cut;

	buffer_init(&safe, 65536);
	buffer_add_escaped(&safe, text_head(t, 4 * size), 0);
	cut = text_head(buffer_text(&safe), size - 1);
	cut.length = cut.length ? text_utf8_valid(cut) : 0;
	if (cut.length)
		memcpy(ret, cut.bytes, cut.length);
	ret[cut.length] = '\0';
}

struct desk *desk_new(const char *person, const char *filter)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	if (!desk)
		return NULL;
	desk->rows = calloc(DESK_ROWS_MOST, sizeof(*desk->rows));
	desk->targets = calloc(DESK_ROWS_MOST, sizeof(*desk->targets));
	desk->saved = calloc(SAVED_MOST, sizeof(*desk->saved));
	buffer_init(&desk->detail, LINES_BYTES);
	buffer_init(&desk->preview, LINES_BYTES);
	buffer_init(&desk->order.note, 65536);
	buffer_init(&desk->order.data, 65536);
	if (!desk->rows || !desk->targets || !desk->saved) {
		desk_free(desk);
		return NULL;
	}
	desk_text(desk->person, sizeof(desk->person), text_of(person));
	snprintf(desk->filter, sizeof(desk->filter), "%s", filter ? filter : "");
	desk->list_lines = 8;
	menu_init(desk);
	return desk;
}

void desk_free(struct desk *desk)
{
	if (!desk)
		return;
	buffer_done(&desk->detail);
	buffer_done(&desk->preview);
	buffer_done(&desk->order.note);
	buffer_done(&desk->order.data);
	free(desk->rows);
	free(desk->targets);
	free(desk->saved);
	free(desk);
}

void desk_clean(struct desk **desk)
{
	desk_free(*desk);
	*desk = NULL;
}

/* Looking ------------------------------------------------------------------------------ */

const struct desk_row *desk_current(const struct desk *desk)
{
	return desk->cursor < desk->row_count ? &desk->rows[desk->cursor] : NULL;
}

bool desk_wants_detail(const struct desk *desk, enum desk_view *ret_view)
{
	*ret_view = desk->view;
	return desk->detail_wanted && desk_current(desk);
}

size_t desk_row_count(const struct desk *desk)
{
	return desk->row_count;
}

const char *desk_filter(const struct desk *desk)
{
	return desk->filter;
}

struct desk_target desk_target_of(const struct desk_row *row)
{
	struct desk_target target = { row->contractor_id, row->id, row->version, "" };

	snprintf(target.number, sizeof(target.number), "%s", row->number);
	return target;
}

size_t desk_selected(const struct desk *desk)
{
	size_t count = 0;

	for (size_t i = 0; i < desk->row_count; i++)
		count += desk->rows[i].selected;
	return desk->all_selected && count == 0 ? 1 : count;
}

struct desk_row *desk_row_find(struct desk *desk, const struct desk_target *target)
{
	for (size_t i = 0; i < desk->row_count; i++)
		if (desk->rows[i].contractor_id == target->contractor_id &&
		    desk->rows[i].id == target->id)
			return &desk->rows[i];
	return NULL;
}

void desk_status(struct desk *desk, bool bad, const char *format, ...)
{
	CLEAN(buffer) struct buffer words;
	va_list list;

	buffer_init(&words, 65536);
	va_start(list, format);
	buffer_add_format_list(&words, format, list);
	va_end(list);
	desk_text(desk->status, sizeof(desk->status), buffer_text(&words));
	desk->status_bad = bad;
}

void desk_say(struct desk *desk, const char *words)
{
	desk_status(desk, false, "%s", words);
}

/* The list ------------------------------------------------------------------------------- */

void desk_load(struct desk *desk, const char *filter, int64_t matching)
{
	const struct desk_row *current = desk_current(desk);

	desk->was_at = current ? desk_target_of(current) : (struct desk_target){ 0 };
	if (filter != desk->filter)
		snprintf(desk->filter, sizeof(desk->filter), "%s", filter);
	desk->row_count = desk->cursor = desk->top = desk->anchor = 0;
	desk->matching = matching;
	desk->arrived = 0;
	desk->all_selected = false;
}

bool desk_append(struct desk *desk, const struct desk_row *row)
{
	if (desk->row_count >= DESK_ROWS_MOST)
		return false;
	desk->rows[desk->row_count] = *row;
	desk->rows[desk->row_count].selected = false;
	desk->rows[desk->row_count++].done = false;
	return true;
}

void desk_loaded(struct desk *desk, bool more)
{
	const struct desk_row *row = desk_row_find(desk, &desk->was_at);

	desk->more = more && desk->row_count < DESK_ROWS_MOST;
	if (row && desk->was_at.id)
		desk->cursor = (size_t)(row - desk->rows);
	desk->was_at = (struct desk_target){ 0 };
	desk->detail_wanted = true;
}

void desk_set_new(struct desk *desk, int64_t count)
{
	desk->arrived = count;
}

void desk_set_detail(struct desk *desk, struct text lines)
{
	buffer_reset(&desk->detail);
	buffer_add_text(&desk->detail, lines);
	desk->detail_top = 0;
	desk->detail_wanted = false;
}

void desk_filter_refused(struct desk *desk, const char *why)
{
	desk_status(desk, true, "%s", why);
	prompt_open(desk, TYPED_FILTER, desk->words);
}

void desk_saved_add(struct desk *desk, const char *name, const char *filter)
{
	if (desk->saved_count >= SAVED_MOST)
		return;
	desk_text(desk->saved[desk->saved_count].name, sizeof(desk->saved[0].name),
		  text_of(name));
	snprintf(desk->saved[desk->saved_count++].filter, sizeof(desk->saved[0].filter), "%s",
		 filter);
}

void desk_saved_end(struct desk *desk)
{
	desk->saved_at = 0;
	desk->mode = desk->saved_count ? MODE_SAVED : MODE_LIST;
	if (!desk->saved_count)
		desk_status(desk, true, "You keep no filter; see muster-filter(1).");
}

/* Acts that were asked for ------------------------------------------------------------------ */

void desk_order_done(struct desk *desk)
{
	desk->mode = MODE_LIST;
	desk->choice_count = 0;
	desk->order.reason = NULL;
	desk->undoing = false;
}

static void row_renew(struct desk *desk, const struct desk_row *row, bool done)
{
	const struct desk_target target = desk_target_of(row);
	struct desk_row *old = desk_row_find(desk, &target);
	bool selected = old && old->selected;

	if (!old)
		return;
	*old = *row;
	old->selected = selected && !done;
	old->done = done;
}

/* To the next one that is not done yet; else where it is. */
static void cursor_advance(struct desk *desk)
{
	for (size_t i = desk->cursor; i < desk->row_count; i++)
		if (!desk->rows[i].done) {
			desk->cursor = i;
			break;
		}
	desk->detail_wanted = true;
}

/* Does it take the violation off the pile? */
static bool ends_turn(enum casework_action action)
{
	return action != CASEWORK_ACTION_TAKE && action != CASEWORK_ACTION_NOTE &&
	       action != CASEWORK_ACTION_UNDO;
}

/* Of acts on many only the last can be taken back: which ones it was done to is kept for it alone. */
static void undo_forget_many(struct desk *desk)
{
	size_t kept = 0;

	for (size_t i = 0; i < desk->undo_count; i++)
		if (!desk->undo[i].many)
			desk->undo[kept++] = desk->undo[i];
	desk->undo_count = kept;
}

static void undo_push(struct desk *desk, struct undoable act)
{
	if (act.many)
		undo_forget_many(desk);
	if (desk->undo_count == UNDO_MOST) {
		memmove(desk->undo, desk->undo + 1, (UNDO_MOST - 1) * sizeof(desk->undo[0]));
		desk->undo_count--;
	}
	desk->undo[desk->undo_count++] = act;
}

void desk_acted(struct desk *desk, const struct desk_row *row, bool waits)
{
	enum casework_action action = desk->order.action;
	const char *name = casework_action_describe(action)->name;

	if (!row) {
		desk_status(desk, false, "Done: %s.", name);
	} else if (desk->undoing) {
		if (desk->undo_count)
			desk->undo_count--;
		row_renew(desk, row, false);
		desk_status(desk, false, "%s: taken back; it is %s.", row->number,
			    row->state_words);
	} else {
		row_renew(desk, row, ends_turn(action));
		undo_push(desk, (struct undoable){ desk_target_of(row), false });
		desk_status(desk, false, "%s: %s%s%s%s; it is %s. Undo (u)", row->number, name,
			    desk->order.reason ? " " : "",
			    desk->order.reason ? desk->order.reason : "",
			    waits ? ", which waits for a second person" : "", row->state_words);
	}
	if (row && desk->undoing) {
		const struct desk_target target = desk_target_of(row);
		const struct desk_row *place = desk_row_find(desk, &target);

		if (place)
			desk->cursor = (size_t)(place - desk->rows);
		desk->detail_wanted = true;
	}
	desk_order_done(desk);
	if (!row || ends_turn(action))
		cursor_advance(desk);
}

void desk_refused(struct desk *desk, const char *words, const struct desk_row *row)
{
	desk_status(desk, true, "Nothing was done: %s", words);
	if (row)
		row_renew(desk, row, false);
	if (desk->undoing && desk->undo_count)
		desk->undo_count--;
	desk_order_done(desk);
	desk->detail_wanted = true;
}

void desk_set_preview(struct desk *desk, int64_t count, bool expect, struct text lines)
{
	buffer_reset(&desk->preview);
	buffer_add_text(&desk->preview, lines);
	desk->preview_count = count;
	desk->preview_expects = expect;
	desk->detail_top = 0;
	desk->mode = MODE_PREVIEW;
	if (count == 0)
		desk_status(desk, true, "None of them would be taken. Esc leads back.");
	else if (expect)
		prompt_open(desk, TYPED_COUNT, "");
	else
		desk_status(desk, false, "Enter does this to %lld; Esc leads back.",
			    (long long)count);
}

void desk_done(struct desk *desk, int64_t done, int64_t skipped, struct text lines)
{
	const char *name = casework_action_describe(desk->order.action)->name;
	bool undoing = desk->undoing;

	if (undoing && desk->undo_count)
		desk->undo_count--;
	for (size_t i = 0; i < desk->row_count; i++) {
		struct desk_row *row = &desk->rows[i];

		row->done = row->done || (row->selected && ends_turn(desk->order.action));
		row->selected = false;
	}
	desk->all_selected = false;
	desk_set_detail(desk, lines);
	desk_status(desk, skipped > 0, "%lld done: %s%s%s; %lld skipped.%s", (long long)done,
		    name, desk->order.reason ? " " : "",
		    desk->order.reason ? desk->order.reason : "", (long long)skipped,
		    done && !undoing ? " Undo (u)" : "");
	if (done && !undoing)
		undo_push(desk, (struct undoable){ .many = true });
	desk_order_done(desk);
	for (size_t i = desk->cursor; i < desk->row_count; i++)
		if (!desk->rows[i].done) {
			desk->cursor = i;
			break;
		}
}

/* Keys ------------------------------------------------------------------------------------- */

static struct desk_wish wish(enum desk_wish_kind kind)
{
	return (struct desk_wish){ .kind = kind };
}

static struct desk_wish show(struct desk *desk, enum desk_view view)
{
	desk->view = view;
	desk->detail_wanted = true;
	return wish(DESK_NOTHING);
}

static struct desk_wish move_to(struct desk *desk, size_t to)
{
	bool at_end = desk->row_count == 0 || to >= desk->row_count;

	if (desk->row_count && at_end)
		to = desk->row_count - 1;
	if (to != desk->cursor) {
		desk->cursor = to;
		desk->view = DESK_VIEW_CASE;
		desk->detail_wanted = true;
	}
	return wish(at_end && desk->more ? DESK_MORE : DESK_NOTHING);
}

static struct desk_wish move_by(struct desk *desk, long by)
{
	if (by < 0 && desk->cursor < (size_t)-by)
		return move_to(desk, 0);
	return move_to(desk, desk->cursor + (size_t)by);
}

static void select_row(struct desk *desk, bool range)
{
	size_t from = desk->anchor, to = desk->cursor;

	if (desk->cursor >= desk->row_count)
		return;
	desk->all_selected = false;
	if (!range) {
		desk->rows[desk->cursor].selected = !desk->rows[desk->cursor].selected;
	} else {
		if (from > to) {
			from = desk->cursor;
			to = desk->anchor;
		}
		for (size_t i = from; i <= to && i < desk->row_count; i++)
			desk->rows[i].selected = true;
	}
	desk->anchor = desk->cursor;
	if (desk->cursor + 1 < desk->row_count && !range)
		desk->cursor++;
	desk->detail_wanted = true;
	desk_status(desk, false, "%zu selected; Esc lets go of them.", desk_selected(desk));
}

static void select_all(struct desk *desk)
{
	for (size_t i = 0; i < desk->row_count; i++)
		desk->rows[i].selected = true;
	desk->all_selected = desk->row_count > 0;
	desk_status(desk, false, "All %lld that the filter finds are selected; the next act opens"
				 " a preview.",
		    (long long)desk->matching);
}

static void let_go(struct desk *desk)
{
	for (size_t i = 0; i < desk->row_count; i++)
		desk->rows[i].selected = false;
	desk->all_selected = false;
	desk->status[0] = '\0';
}

static struct desk_wish moving_key(struct desk *desk, int key, bool *ret_moved)
{
	long page = desk->list_lines > 1 ? (long)desk->list_lines - 1 : 1;

	*ret_moved = true;
	switch (key) {
	case 'j':
	case DESK_KEY_DOWN:
		return move_by(desk, 1);
	case 'k':
	case DESK_KEY_UP:
		return move_by(desk, -1);
	case ' ':
	case DESK_KEY_PAGE_DOWN:
		return move_by(desk, page);
	case 'b':
	case DESK_KEY_PAGE_UP:
		return move_by(desk, -page);
	case 'g':
	case DESK_KEY_HOME:
		return move_to(desk, 0);
	case 'G':
	case DESK_KEY_END:
		return move_to(desk, desk->row_count);
	}
	*ret_moved = false;
	return wish(DESK_NOTHING);
}

static struct desk_wish list_key(struct desk *desk, int key)
{
	bool moved;
	struct desk_wish answer = moving_key(desk, key, &moved);

	if (moved)
		return answer;
	switch (key) {
	case 'q':
		return wish(DESK_QUIT);
	case '?':
		desk->mode = MODE_MENU;
		desk->menu_at = 0;
		break;
	case '/':
		prompt_open(desk, TYPED_FILTER, desk->filter);
		break;
	case 'f':
		desk->saved_count = 0;
		return wish(DESK_SAVED);
	case '.':
		answer = wish(DESK_RELOAD);
		answer.filter = desk->filter;
		return answer;
	case 'u':
		return order_undo(desk);
	case DESK_KEY_ESCAPE:
		let_go(desk);
		break;
	case 'A':
		select_all(desk);
		break;
	}
	if (!desk_current(desk))
		return wish(DESK_NOTHING);
	switch (key) {
	case 'o':
	case DESK_KEY_ENTER:
		desk->mode = MODE_DETAIL;
		break;
	case 'a':
		return order_begin(desk, CASEWORK_ACTION_TAKE);
	case '=':
		return order_begin(desk, CASEWORK_ACTION_ASSIGN);
	case 't':
		return order_begin(desk, CASEWORK_ACTION_TRIAGE);
	case 'n':
		return order_begin(desk, CASEWORK_ACTION_NOTICE);
	case 'c':
		return order_begin(desk, CASEWORK_ACTION_NOTE);
	case 'e':
		return order_begin(desk, CASEWORK_ACTION_REQUEST);
	case 'd':
		order_open_decisions(desk);
		break;
	case 's':
		order_open_suppression(desk);
		break;
	case '2':
		order_open_signature(desk);
		break;
	case 'h':
		return show(desk, DESK_VIEW_HISTORY);
	case 'r':
		return show(desk, DESK_VIEW_RAW);
	case 'w':
		return show(desk, DESK_VIEW_WHY);
	case 'x':
		select_row(desk, false);
		break;
	case 'X':
		select_row(desk, true);
		break;
	}
	return wish(DESK_NOTHING);
}

/* Lines can be moved through wherever there are more than the screen shows. */
static void scroll(struct desk *desk, int key, long page)
{
	long by = 0;

	switch (key) {
	case 'j':
	case DESK_KEY_DOWN:
		by = 1;
		break;
	case 'k':
	case DESK_KEY_UP:
		by = -1;
		break;
	case ' ':
	case DESK_KEY_PAGE_DOWN:
		by = page;
		break;
	case 'b':
	case DESK_KEY_PAGE_UP:
		by = -page;
		break;
	}
	if (by < 0 && desk->detail_top < (size_t)-by)
		desk->detail_top = 0;
	else
		desk->detail_top += (size_t)by;
}

static struct desk_wish detail_key(struct desk *desk, int key)
{
	switch (key) {
	case DESK_KEY_ESCAPE:
	case 'o':
	case DESK_KEY_ENTER:
		desk->mode = MODE_LIST;
		desk->detail_top = 0;
		return wish(DESK_NOTHING);
	case 'j':
	case 'k':
	case ' ':
	case 'b':
	case DESK_KEY_UP:
	case DESK_KEY_DOWN:
	case DESK_KEY_PAGE_UP:
	case DESK_KEY_PAGE_DOWN:
		scroll(desk, key, 5);
		return wish(DESK_NOTHING);
	}
	return list_key(desk, key);
}

static struct desk_wish preview_key(struct desk *desk, int key)
{
	if (key == DESK_KEY_ESCAPE) {
		desk_order_done(desk);
		desk_status(desk, false, "Nothing was done.");
		return wish(DESK_NOTHING);
	}
	if (key == DESK_KEY_ENTER && desk->preview_count > 0 && !desk->preview_expects)
		return wish(DESK_DO);
	scroll(desk, key, 5);
	return wish(DESK_NOTHING);
}

static struct desk_wish saved_key(struct desk *desk, int key)
{
	struct desk_wish reload = wish(DESK_RELOAD);

	switch (key) {
	case 'j':
	case DESK_KEY_DOWN:
		desk->saved_at += desk->saved_at + 1 < desk->saved_count;
		break;
	case 'k':
	case DESK_KEY_UP:
		desk->saved_at -= desk->saved_at > 0;
		break;
	case DESK_KEY_ESCAPE:
		desk->mode = MODE_LIST;
		break;
	case DESK_KEY_ENTER:
		desk->mode = MODE_LIST;
		reload.filter = desk->saved[desk->saved_at].filter;
		snprintf(desk->words, sizeof(desk->words), "%s", reload.filter);
		desk->words_length = strlen(desk->words);
		return reload;
	}
	return wish(DESK_NOTHING);
}

struct desk_wish desk_key(struct desk *desk, int key)
{
	struct desk_wish answer = { .kind = DESK_NOTHING };

	if (key == '\n')
		key = DESK_KEY_ENTER;
	key = menu_meaning(desk, key);
	if (desk->keys_off && desk->mode == MODE_LIST && key == DESK_KEY_ENTER)
		key = '?';
	switch (desk->mode) {
	case MODE_LIST:
		answer = list_key(desk, key);
		break;
	case MODE_DETAIL:
		answer = detail_key(desk, key);
		break;
	case MODE_PALETTE:
		answer = order_key(desk, key);
		break;
	case MODE_PROMPT:
		answer = prompt_key(desk, key);
		break;
	case MODE_PREVIEW:
		answer = preview_key(desk, key);
		break;
	case MODE_SAVED:
		answer = saved_key(desk, key);
		break;
	case MODE_MENU:
		key = menu_key(desk, key);
		if (key)
			answer = list_key(desk, key);
		break;
	}
	if (answer.kind == DESK_NOTHING && desk->detail_wanted && desk_current(desk)) {
		answer.kind = DESK_SHOW;
		answer.view = desk->view;
	}
	return answer;
}
