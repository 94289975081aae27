/* muster desk: the queue, full-screen. What the desk wishes is done here. */
#include "desk/desk.h"
#include "muster/bulk_lists.h"
#include "muster/bulk_words.h"
#include "muster/case_history.h"
#include "muster/held_output.h"
#include "muster/queue_words.h"
#include "muster/show_words.h"
#include "muster/suppression_words.h"
#include "muster/terminal.h"

#include <inttypes.h>
#include <time.h>

#define PAGE 200                   /* rows that are read at once */
#define COUNTED 10000
#define IDLE_MILLISECONDS 15000    /* then somebody looks what has come since */
#define DETAIL_MOST ((size_t)4 << 20)

const struct command_option command_desk_options[] = {
	{ "filter", 0, "FILTER", 0, "begin with violations that it describes; see muster-filter(1)" },
	{ "saved", 0, "NAME", 0, "begin with those of a filter that was kept with muster filter save" },
	{ "key", 0, "NEW=OLD", COMMAND_REPEATED, "the key NEW does what OLD does, and no more what it did; NEW= does nothing" },
	{ "no-keys", 0, NULL, 0, "no single key acts; Enter opens a menu of all that can be done" },
	COMMAND_OPTIONS_END
};

struct sitting {
	struct command_run *run;
	struct pg *pg;
	struct desk *desk;
	struct terminal *terminal;
	struct desk_screen screen;
	struct store_queue_query query;
	struct arena *arena;           /* of the query's filter */
	int64_t loaded;                /* moment at which the list was read */
	char token[STORE_BULK_TOKEN];
	struct bulk_lists lists;
	bool undoing;                  /* the preview is one of taking back what was done last */
	size_t appended;
};

static int64_t moment_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * MICROSECONDS + now.tv_nsec / 1000;
}

/* Rows ------------------------------------------------------------------------------------ */

static void row_fill(const struct sitting *sitting, const struct store_violation *is, int64_t now,
		     struct desk_row *ret)
{
	CLEAN(buffer) struct buffer state;
	char clock[QUEUE_CLOCK];
	enum casework_state where = CASEWORK_STATE_FLAGGED;

	buffer_init(&state, 1024);
	queue_state_add(&state, is, queue_moment(sitting->run, now));
	if (!casework_state_find(text_of(is->state), &where))
		where = CASEWORK_STATE_FLAGGED;
	*ret = (struct desk_row){
		.contractor_id = is->contractor_id,
		.id = is->id,
		.version = is->version,
		.severity = is->severity,
		.points = is->points,
		.count = is->count,
		.first = is->first,
		.state = where,
		.level = is->level,
		.pending = is->pending != NULL,
	};
	desk_text(ret->number, sizeof(ret->number), text_of(is->number));
	desk_text(ret->severity_words, sizeof(ret->severity_words),
		  text_of(queue_severity(is->severity)));
	desk_text(ret->clock, sizeof(ret->clock), text_of(queue_clock(is, now, clock)));
	desk_text(ret->contractor, sizeof(ret->contractor), text_of(is->contractor));
	desk_text(ret->rule, sizeof(ret->rule), text_of(is->rule));
	desk_text(ret->title, sizeof(ret->title), text_of(is->rule_title));
	desk_text(ret->subject, sizeof(ret->subject), text_of(is->subject));
	desk_text(ret->state_words, sizeof(ret->state_words), buffer_text(&state));
	desk_text(ret->owner, sizeof(ret->owner), text_of(is->owner ? is->owner : ""));
	desk_text(ret->marking, sizeof(ret->marking), text_of(marking_of_level(is->level)));
}

static int append(void *context, const struct store_violation *violation,
		  struct err *err UNUSED)
{
	struct sitting *sitting = context;
	struct desk_row row;

	row_fill(sitting, violation, sitting->query.now, &row);
	sitting->appended += desk_append(sitting->desk, &row);
	return 0;
}

struct row_now {
	const struct sitting *sitting;
	struct desk_row *row;
};

static int one_row(void *context, const struct store_violation *violation,
		   struct err *err UNUSED)
{
	const struct row_now *now = context;

	row_fill(now->sitting, violation, moment_now(), now->row);
	return 0;
}

/* The violation as it is now; NULL where it is no longer seen. */
static const struct desk_row *row_now(struct sitting *sitting, const char *number,
				      struct desk_row *row)
{
	struct row_now now = { sitting, row };

	return store_violation(sitting->pg, number, one_row, &now, NULL) < 0 ? NULL : row;
}

/* The list --------------------------------------------------------------------------------- */

static int filter_understand(struct sitting *sitting, const char *words,
			     const struct filter_node **ret, int64_t now, struct err *err)
{
	struct filter_words meaning = queue_filter_words(sitting->run);

	meaning.now = now;
	return filter_parse(text_of(words), &meaning, sitting->arena, ret, err);
}

static int page(struct sitting *sitting, const struct store_queue_key *after, struct err *err)
{
	sitting->appended = 0;
	int r = store_queue(sitting->pg, &sitting->query, after, PAGE, append, sitting, err);

	if (r == 0)
		desk_loaded(sitting->desk, sitting->appended == PAGE);
	return r;
}

static int reload(struct sitting *sitting, const char *words, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction snapshot = { NULL };
	const struct filter_node *filter;
	struct err mistake = { 0 };
	int64_t now = moment_now(), matching = 0;
	int r;

	arena_reset(sitting->arena);
	r = filter_understand(sitting, words, &filter, now, &mistake);
	if (r < 0) {
		desk_filter_refused(sitting->desk, mistake.text);
		return filter_understand(sitting, desk_filter(sitting->desk),
					 &sitting->query.filter, now, err);
	}
	sitting->query = (struct store_queue_query){
		.filter = filter,
		.now = now,
		.ended = filter_names(filter, FILTER_STATE) || filter_names(filter, FILTER_ENDED),
		.suppressed = filter_names(filter, FILTER_SUPPRESSED),
	};
	sitting->loaded = now;
	r = store_snapshot(sitting->pg, &snapshot, err);
	if (r == 0)
		r = store_queue_count(sitting->pg, &sitting->query, COUNTED + 1, &matching, err);
	if (r < 0)
		return r;
	desk_load(sitting->desk, words, matching);
	return page(sitting, NULL, err);
}

static int load_more(struct sitting *sitting, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction snapshot = { NULL };
	const struct desk_row *last = desk_current(sitting->desk);
	struct store_queue_key after;
	int r = store_snapshot(sitting->pg, &snapshot, err);

	if (r == 0 && last)
		r = store_queue_key(sitting->pg, last->number, &sitting->query, &after, NULL);
	if (r < 0 || !last) {
		/* Its case has ended meanwhile: the list has to be read anew. */
		desk_loaded(sitting->desk, false);
		return r == -ERR_NEGATIVE ? 0 : r;
	}
	return page(sitting, &after, err);
}

/* Has anything come since? It is told, and moves no row. */
static int look_for_new(struct sitting *sitting, struct err *err)
{
	CLEAN(arena) struct arena *arena = arena_new(1 << 20);
	struct filter_node *since;
	struct store_queue_query query = sitting->query;
	int64_t count = 0;
	int r;

	since = arena ? arena_get(arena, sizeof(*since)) : NULL;
	if (!since)
		return err_set(err, ERR_MEMORY, "out of memory");
	*since = (struct filter_node){
		.kind = FILTER_COMPARE,
		.compare = { .field = FILTER_OPENED, .operator = FILTER_AT_LEAST,
			     .from = sitting->loaded, .until = sitting->loaded + 1 },
	};
	if (!filter_and(arena, query.filter, since, &query.filter))
		return err_set(err, ERR_MEMORY, "out of memory");
	r = store_queue_count(sitting->pg, &query, COUNTED, &count, err);
	if (r == 0)
		desk_set_new(sitting->desk, count);
	return r;
}

static int add_saved(void *context, const struct store_saved_filter *row,
		     struct err *err UNUSED)
{
	desk_saved_add(context, row->name, row->filter);
	return 0;
}

/* The detail --------------------------------------------------------------------------------- */

struct history {
	struct pg *pg;
	unsigned width;
	struct buffer *out;
};

static int add_history(void *context, const struct store_violation *violation,
		       struct err *err)
{
	const struct history *history = context;
	int r = case_history_add(history->pg, violation, history->width, history->out, err);

	return r < 0 ? r :
		       case_clock_add(history->pg, violation, history->width, history->out, err);
}

struct why {
	struct buffer *out;
	enum store_urgency urgency;
	int64_t now;
};

static int add_why(void *context, const struct store_violation *violation,
		   struct err *err UNUSED)
{
	const struct why *why = context;

	queue_why_add(why->out, violation, why->urgency, why->now);
	return 0;
}

static int why_here(struct sitting *sitting, const struct desk_row *row, struct buffer *out,
		    struct err *err)
{
	struct store_queue_query query = sitting->query;
	struct store_queue_key key;
	int r;

	query.ended = true;
	r = store_queue_key(sitting->pg, row->number, &query, &key, err);
	if (r < 0)
		return r;
	struct why why = { out, key.urgency, query.now };
	return store_violation(sitting->pg, row->number, add_why, &why, err);
}

static int show(struct sitting *sitting, enum desk_view view, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction snapshot = { NULL };
	const struct desk_row *row = desk_current(sitting->desk);
	struct err failure = { 0 };
	CLEAN(buffer) struct buffer out;
	unsigned width, height;
	int r = 0;

	buffer_init(&out, DETAIL_MOST);
	terminal_size(sitting->terminal, &width, &height);
	width = width < DESK_WIDTH_LEAST ? DESK_WIDTH_LEAST : width;
	/* Whose evidence was looked at stands in the books. */
	if (view == DESK_VIEW_CASE || view == DESK_VIEW_RAW)
		r = store_look(sitting->pg, row->number, &failure);
	if (r == 0)
		r = store_snapshot(sitting->pg, &snapshot, &failure);
	if (r == 0 && view == DESK_VIEW_HISTORY)
		r = store_violation(sitting->pg, row->number, add_history,
				    &(struct history){ sitting->pg, width, &out }, &failure);
	else if (r == 0 && view == DESK_VIEW_WHY)
		r = why_here(sitting, row, &out, &failure);
	else if (r == 0)
		r = show_add_words(sitting->run, sitting->pg, row->number, width,
				   view == DESK_VIEW_RAW, &out, &failure);
	if (r < 0 && !pg_is_alive(sitting->pg)) {
		*err = failure;
		return r;
	}
	if (r < 0) {
		buffer_reset(&out);
		buffer_add_string(&out, "It cannot be shown: ");
		buffer_add_escaped(&out, text_of(failure.text), 0);
		buffer_add_byte(&out, '\n');
	}
	desk_set_detail(sitting->desk, buffer_text(&out));
	return 0;
}

/* Acts ----------------------------------------------------------------------------------------- */

/* What was refused is told; only a lost connection ends the sitting. */
static int refuse(struct sitting *sitting, const struct err *failure, const char *number,
		  struct err *err)
{
	struct desk_row row;

	if (!pg_is_alive(sitting->pg)) {
		*err = *failure;
		return -(int)failure->code;
	}
	desk_refused(sitting->desk, failure->text,
		     number ? row_now(sitting, number, &row) : NULL);
	return 0;
}

static int act(struct sitting *sitting, const struct desk_wish *wish, struct err *err)
{
	const struct store_case is = { wish->target.contractor_id, wish->target.id,
				       wish->target.version };
	const struct store_act_asked asked = {
		.action = casework_action_describe(wish->action)->name,
		.reason = wish->reason,
		.note = wish->note,
		.data = text_of(wish->data),
	};
	struct err failure = { 0 };
	struct store_acted acted;
	struct desk_row row;
	int r = store_act(sitting->pg, &is, &asked, &acted, &failure);

	if (r < 0)
		return refuse(sitting, &failure, wish->target.number, err);
	desk_acted(sitting->desk, row_now(sitting, wish->target.number, &row), acted.waits);
	return 0;
}

/* Which ones: those that were selected, all that match, or those of the bulk before. */
static int list_for(struct sitting *sitting, const struct desk_wish *wish,
		    const struct bulk_list **ret_list, struct err *err)
{
	struct bulk_list *list;

	sitting->undoing = !wish->filter && !wish->targets;
	*ret_list = &sitting->lists.done;
	if (sitting->undoing)
		return 0;
	*ret_list = list = bulk_lists_begin(&sitting->lists);
	if (wish->filter)
		return store_bulk_find(sitting->pg, &sitting->query, 0, list->arena, &list->rows,
				       &list->count, err);
	list->rows = arena_get_many(list->arena, wish->target_count + 1, sizeof(*list->rows));
	if (!list->rows)
		return err_set(err, ERR_MEMORY, "out of memory");
	list->count = wish->target_count;
	for (size_t i = 0; i < wish->target_count; i++)
		list->rows[i] = (struct store_bulk_violation){ wish->targets[i].contractor_id,
							       wish->targets[i].id };
	return 0;
}

struct scope {
	struct buffer *lines;
	unsigned width;
};

static int add_scope(void *context, const struct store_suppression_preview *preview,
		     struct err *err UNUSED)
{
	const struct scope *to = context;

	suppression_preview_add(to->lines, preview, to->width, 0);
	return 0;
}

/* What a suppression of more than the one violation would hide. */
static int add_scope_of(struct sitting *sitting, const struct store_bulk_act *act,
			const struct bulk_list *list, struct buffer *lines, struct err *err)
{
	const struct store_act_asked asked = { act->action, act->reason, act->note,
					       text_of(act->data) };
	struct scope scope = { lines, 0 };
	struct store_case of = { 0 };
	unsigned height;

	if (list->count != 1 ||
	    strcmp(act->action, casework_action_describe(CASEWORK_ACTION_SUPPRESS)->name) != 0)
		return 0;
	of.contractor_id = list->rows[0].contractor_id;
	of.id = list->rows[0].id;
	terminal_size(sitting->terminal, &scope.width, &height);
	return store_suppression_preview(sitting->pg, &of, &asked, add_scope, &scope, err);
}

static int preview(struct sitting *sitting, const struct desk_wish *wish, struct err *err)
{
	const struct store_bulk_act asked = {
		.action = casework_action_describe(wish->action)->name,
		.reason = wish->reason,
		.note = wish->note,
		.data = wish->data,
		.filter = wish->filter ? wish->filter : "selected by hand",
	};
	struct bulk_preview preview = { 0 };
	struct err failure = { 0 };
	const struct bulk_list *list;
	CLEAN(buffer) struct buffer lines;
	int r = list_for(sitting, wish, &list, &failure);

	buffer_init(&lines, DETAIL_MOST);
	if (r == 0)
		r = store_bulk_prepare(sitting->pg, &asked, list->rows, list->count, preview.token,
				       bulk_preview_row, &preview, &failure);
	if (r == 0 && preview.included)
		r = add_scope_of(sitting, &asked, list, &lines, &failure);
	if (r < 0)
		return refuse(sitting, &failure, NULL, err);
	snprintf(sitting->token, sizeof(sitting->token), "%s", preview.token);
	bulk_preview_add(&lines, &preview, asked.action, asked.reason);
	desk_set_preview(sitting->desk, preview.included, bulk_preview_expects(&preview),
			 buffer_text(&lines));
	return 0;
}

static int perform(struct sitting *sitting, int64_t expect, struct err *err)
{
	struct bulk_outcome outcome = { 0 };
	struct err failure = { 0 };
	int r;

	buffer_init(&outcome.lines, DETAIL_MOST);
	r = store_bulk_do(sitting->pg, sitting->token, expect, bulk_outcome_row, &outcome,
			  &failure);
	if (r < 0)
		r = refuse(sitting, &failure, NULL, err);
	else
		desk_done(sitting->desk, outcome.done, outcome.skipped,
			  buffer_text(&outcome.lines));
	if (r == 0 && outcome.done && !sitting->undoing)
		bulk_lists_settle(&sitting->lists);
	buffer_done(&outcome.lines);
	return r;
}

static int fulfil(struct sitting *sitting, const struct desk_wish *wish, struct err *err)
{
	int r;

	switch (wish->kind) {
	case DESK_RELOAD:
		return reload(sitting, wish->filter, err);
	case DESK_MORE:
		return load_more(sitting, err);
	case DESK_SAVED:
		r = store_saved_filters(sitting->pg, NULL, add_saved, sitting->desk, err);
		if (r == 0)
			desk_saved_end(sitting->desk);
		return r;
	case DESK_ACT:
		return act(sitting, wish, err);
	case DESK_PREVIEW:
		return preview(sitting, wish, err);
	case DESK_DO:
		return perform(sitting, wish->expect, err);
	case DESK_SHOW:            /* when there is time: see sit() */
	case DESK_NOTHING:
	case DESK_QUIT:
		break;
	}
	return 0;
}

/* ------------------------------------------------------------------------------------------------ */

static int draw(struct sitting *sitting, struct err *err)
{
	unsigned width, height;

	terminal_size(sitting->terminal, &width, &height);
	desk_draw(sitting->desk, width, height, &sitting->screen);
	return terminal_draw(sitting->terminal, &sitting->screen, err);
}

/* Keys that were typed ahead come before what they would only flash past. */
static int sit(struct sitting *sitting, struct err *err)
{
	struct desk_wish wish = { .kind = DESK_NOTHING };
	int r = 0;

	while (r == 0 && wish.kind != DESK_QUIT) {
		enum desk_view view;

		if (!terminal_key_waits(sitting->terminal)) {
			if (desk_wants_detail(sitting->desk, &view))
				r = show(sitting, view, err);
			if (r == 0)
				r = draw(sitting, err);
		}
		if (r < 0)
			break;
		int key = terminal_key(sitting->terminal, IDLE_MILLISECONDS);

		wish.kind = DESK_NOTHING;
		if (key == TERMINAL_GONE)
			break;
		if (key == TERMINAL_NOTHING)
			r = look_for_new(sitting, err);
		else if (key != TERMINAL_RESIZED)
			wish = desk_key(sitting->desk, key);
		if (r == 0)
			r = fulfil(sitting, &wish, err);
	}
	return r;
}

static int first_filter(struct command_run *run, struct pg *pg, const char **ret,
			struct err *err)
{
	const char *saved = command_option(run, "saved");
	const char *given = command_option(run, "filter");
	struct text words;
	int r = 0;

	if (saved && given)
		return err_set(err, ERR_USAGE, "the desk begins with --filter or with --saved");
	*ret = given ? given : "";
	if (saved) {
		r = queue_saved_filter(run, pg, saved, &words, err);
		*ret = words.bytes;
	}
	return r;
}

static int keys_set(const struct command_run *run, struct desk *desk, struct err *err)
{
	const char *given;

	for (size_t i = 0; (given = command_option_at(run, "key", i)); i++)
		if (!given[0] || given[1] != '=' || (given[2] && given[3]) ||
		    !desk_key_set(desk, given[0], given[2]))
			return err_set(err, ERR_USAGE,
				       "--key %s: it is NEW=OLD, two characters, and OLD is a key"
				       " of muster-desk(1)", given);
	if (command_has(run, "no-keys"))
		desk_keys_off(desk);
	return 0;
}

int command_desk(struct command_run *run, struct err *err)
{
	CLEAN(arena) struct arena *arena = arena_new(1 << 22);
	CLEAN(desk) struct desk *desk = NULL;
	CLEAN(terminal) struct terminal *terminal = NULL;
	struct sitting sitting = { .run = run, .arena = arena };
	const char *person, *words = "";
	int r = command_store_person(run, &sitting.pg, &person, err);

	if (r == 0)
		r = first_filter(run, sitting.pg, &words, err);
	if (r == 0 && arena)
		r = filter_understand(&sitting, words, &sitting.query.filter, moment_now(), err);
	if (r < 0)
		return r;
	desk = sitting.desk = desk_new(person, words);
	if (!desk || !arena)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = keys_set(run, desk, err);
	if (r == 0)
		r = reload(&sitting, words, err);
	if (r == 0)
		r = terminal_begin(command_colour(run), &terminal, err);
	if (r < 0)
		return r;
	sitting.terminal = terminal;
	desk_screen_init(&sitting.screen);
	r = bulk_lists_init(&sitting.lists, err);
	if (r == 0)
		r = sit(&sitting, err);
	bulk_lists_clean(&sitting.lists);
	desk_screen_done(&sitting.screen);
	return r;
}
