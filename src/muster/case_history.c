/* The history of a case as text and as JSON. */
#include "muster/case_history.h"
#include "muster/suppression_words.h"
#include "report/report.h"

#include <inttypes.h>
#include <stdarg.h>

#define LINE_MOST ((size_t)1 << 20)

struct printing {
	struct buffer *out;
	unsigned width;
	size_t count;
};

/* As text ----------------------------------------------------------------------------- */

/* What is in it may come from anybody: it is escaped as a whole. */
static void add_line(const struct printing *to, unsigned indent, const struct buffer *words)
{
	CLEAN(buffer) struct buffer escaped;

	buffer_init(&escaped, 4 * LINE_MOST);
	buffer_add_escaped(&escaped, buffer_text(words), 0);
	report_wrap(to->out, buffer_text(&escaped), to->width, indent, true);
}

static void add_outcome(struct buffer *words, const struct store_act *act)
{
	if (act->reason)
		buffer_add_format(words, ", reason %s", act->reason);
	if (strcmp(act->from, act->to) != 0)
		buffer_add_format(words, ": %s -> %s", act->from, act->to);
	if (strcmp(act->outcome, "waits") == 0)
		buffer_add_string(words, ": waits for a second person");
	if (act->approves)
		buffer_add_format(words, " (of act %" PRId64 ")", act->approves);
	if (act->reverses)
		buffer_add_format(words, " (takes back act %" PRId64 ")", act->reverses);
}

static void add_clock(const struct printing *to, const struct store_act *act)
{
	CLEAN(buffer) struct buffer words;
	char due[CALENDAR_TEXT];

	buffer_init(&words, LINE_MOST);
	if (act->clock && act->clock_paused != MOMENT_NONE)
		buffer_add_format(&words, "clock %s: stands still", act->clock);
	else if (act->clock)
		buffer_add_format(&words, "clock %s: due %s", act->clock,
				  calendar_to_rfc3339(act->clock_due, due));
	if (act->leaves != MOMENT_NONE)
		buffer_add_format(&words, "%sleaves the building %s", words.length ? "; " : "",
				  calendar_to_rfc3339(act->leaves, due));
	if (words.length)
		add_line(to, 6, &words);
}

static int add_act(void *context, const struct store_act *act, struct err *err)
{
	struct printing *to = context;
	CLEAN(buffer) struct buffer words;
	char at[CALENDAR_TEXT];

	(void)err;
	to->count++;
	buffer_init(&words, LINE_MOST);
	if (strcmp(act->action, "look") == 0) {
		buffer_add_format(&words, "%s  %s opened the evidence",
				  calendar_to_rfc3339(act->at, at), act->actor);
		add_line(to, 2, &words);
		return 0;
	}
	if (act->number == 0)
		buffer_add_format(&words, "%s  %s: %s", calendar_to_rfc3339(act->at, at),
				  act->actor, act->action);
	else
		buffer_add_format(&words, "%s  act %" PRId64 ", %s (%s): %s",
				  calendar_to_rfc3339(act->at, at), act->number, act->actor,
				  act->role, act->action);
	add_outcome(&words, act);
	add_line(to, 2, &words);
	buffer_reset(&words);
	if (strcmp(act->data, "{}") != 0)
		buffer_add_format(&words, "%s", act->data);
	if (words.length)
		add_line(to, 6, &words);
	buffer_reset(&words);
	if (act->note)
		buffer_add_format(&words, "\"%s\"", act->note);
	if (words.length)
		add_line(to, 6, &words);
	add_clock(to, act);
	return 0;
}

static int add_milestone(void *context, const struct store_milestone *row, struct err *err)
{
	struct printing *to = context;
	CLEAN(buffer) struct buffer words;
	char due[CALENDAR_TEXT], first[CALENDAR_TEXT], met[CALENDAR_TEXT];

	(void)err;
	buffer_init(&words, LINE_MOST);
	buffer_add_format(&words, "milestone %" PRId64 ", due %.10s", row->number,
			  calendar_to_rfc3339(row->due, due));
	if (row->first_due != row->due)
		buffer_add_format(&words, " (first due %.10s)",
				  calendar_to_rfc3339(row->first_due, first));
	if (row->met == MOMENT_NONE)
		buffer_add_string(&words, ", not met: ");
	else
		buffer_add_format(&words, ", met %s: ", calendar_to_rfc3339(row->met, met));
	buffer_add_string(&words, row->title);
	add_line(to, 2, &words);
	return 0;
}

static int add_document(void *context, const struct store_document *row, struct err *err)
{
	struct printing *to = context;
	CLEAN(buffer) struct buffer words;
	char at[CALENDAR_TEXT];

	(void)err;
	buffer_init(&words, LINE_MOST);
	buffer_add_format(&words, "%s  the contractor sent %s, %" PRId64 " bytes, SHA-256 %s",
			  calendar_to_rfc3339(row->received, at), row->name, row->bytes,
			  row->sha256);
	add_line(to, 2, &words);
	return 0;
}

int case_history_add(struct pg *pg, const struct store_violation *violation, unsigned width,
		     struct buffer *out, struct err *err)
{
	struct printing to = { out, width, 0 };
	char opened[CALENDAR_TEXT];
	int r;

	buffer_add_format(out, "\nWHAT WAS DONE\n  %s  opened by musterd\n",
			  calendar_to_rfc3339(violation->opened, opened));
	r = store_history(pg, violation, add_act, &to, err);
	if (r == 0)
		r = store_documents(pg, violation, add_document, &to, err);
	return r < 0 ? r : store_plan(pg, violation, add_milestone, &to, err);
}

static int add_standing(void *context, const struct store_standing *is, struct err *err)
{
	struct printing *to = context;
	CLEAN(buffer) struct buffer words;
	char due[CALENDAR_TEXT];

	(void)err;
	buffer_init(&words, LINE_MOST);
	if (!is->clock)
		buffer_add_string(&words, "none is running: the case has ended");
	else if (is->paused != MOMENT_NONE)
		buffer_add_format(&words, "%s (%s): stands still until the notice leaves",
				  is->clock, is->party);
	else
		buffer_add_format(&words, "%s (%s): due %s", is->clock, is->party,
				  calendar_to_rfc3339(is->due, due));
	if (is->disputed)
		buffer_add_string(&words, "; disputed by the contractor");
	if (is->pending)
		buffer_add_format(&words, "; act %" PRId64 " waits for a second person until %s",
				  is->pending, calendar_to_rfc3339(is->pending_until, due));
	if (is->suppressed != MOMENT_NONE)
		buffer_add_format(&words, "; out of the queue until %s",
				  calendar_to_rfc3339(is->suppressed, due));
	buffer_add_format(&words, "; version %" PRId64, is->version);
	add_line(to, 2, &words);
	return 0;
}

int case_clock_add(struct pg *pg, const struct store_violation *violation, unsigned width,
		   struct buffer *out, struct err *err)
{
	struct printing to = { out, width, 0 };

	buffer_add_string(out, "\nCLOCKS\n");
	return store_standing(pg, violation, add_standing, &to, err);
}

/* Whoever signs sees what whoever asked saw. */
static int add_waiting(void *context, const struct store_suppression_preview *preview,
		       struct err *err)
{
	const struct printing *to = context;

	(void)err;
	buffer_add_format(to->out, "\nTO BE SIGNED: ACT %" PRId64 "\n", preview->act);
	suppression_preview_add(to->out, preview, to->width, 2);
	return 0;
}

int case_signature_add(struct pg *pg, const struct store_violation *violation, unsigned width,
		       struct buffer *out, struct err *err)
{
	struct printing to = { out, width, 0 };

	return store_suppression_waiting(pg, violation->contractor_id, violation->id, add_waiting,
					 &to, err);
}

/* As JSON ----------------------------------------------------------------------------- */

static int add_json_act(void *context, const struct store_act *act, struct err *err)
{
	struct json *json = context;

	(void)err;
	json_begin_object(json, NULL);
	json_number(json, "act", act->number);
	json_moment(json, "at", act->at);
	json_moment(json, "recorded", act->recorded_at);
	json_string(json, "by", act->actor);
	json_string(json, "role", act->role);
	json_string(json, "action", act->action);
	json_string(json, "reason", act->reason);
	json_string(json, "note", act->note);
	json_string(json, "from", act->from);
	json_string(json, "to", act->to);
	json_string(json, "outcome", act->outcome);
	json_raw(json, "data", text_of(act->data));
	if (act->approves)
		json_number(json, "approves", act->approves);
	if (act->reverses)
		json_number(json, "reverses", act->reverses);
	json_string(json, "clock", act->clock);
	json_moment(json, "due", act->clock_due);
	json_moment(json, "leaves", act->leaves);
	json_end_object(json);
	return 0;
}

static int add_json_milestone(void *context, const struct store_milestone *row, struct err *err)
{
	struct json *json = context;
	char day[CALENDAR_TEXT];

	(void)err;
	json_begin_object(json, NULL);
	json_number(json, "milestone", row->number);
	json_string(json, "title", row->title);
	json_text(json, "first_due", text_head(text_of(calendar_to_rfc3339(row->first_due, day)), 10));
	json_text(json, "due", text_head(text_of(calendar_to_rfc3339(row->due, day)), 10));
	json_moment(json, "met", row->met);
	json_end_object(json);
	return 0;
}

static int add_json_standing(void *context, const struct store_standing *is, struct err *err)
{
	struct json *json = context;

	(void)err;
	json_number(json, "version", is->version);
	json_bool(json, "disputed", is->disputed);
	if (is->pending)
		json_number(json, "pending_act", is->pending);
	else
		json_null(json, "pending_act");
	json_moment(json, "pending_until", is->pending_until);
	json_moment(json, "suppressed_until", is->suppressed);
	json_begin_array(json, "clocks");
	if (is->clock) {
		json_begin_object(json, NULL);
		json_string(json, "clock", is->clock);
		json_string(json, "party", is->party);
		json_moment(json, "started", is->started);
		json_moment(json, "due", is->due);
		json_moment(json, "paused", is->paused);
		json_end_object(json);
	}
	json_end_array(json);
	return 0;
}

static int add_json_document(void *context, const struct store_document *row, struct err *err)
{
	struct json *json = context;

	(void)err;
	json_begin_object(json, NULL);
	json_string(json, "name", row->name);
	json_string(json, "sha256", row->sha256);
	json_number(json, "bytes", row->bytes);
	json_moment(json, "received", row->received);
	json_end_object(json);
	return 0;
}

static int add_json_waiting(void *context, const struct store_suppression_preview *preview,
			    struct err *err)
{
	struct json *json = context;

	(void)err;
	json_begin_object(json, "to_be_signed");
	json_number(json, "act", preview->act);
	suppression_preview_add_json(json, preview);
	json_end_object(json);
	return 0;
}

int case_history_add_json(struct pg *pg, const struct store_violation *violation,
			  struct json *json, struct err *err)
{
	int r = store_standing(pg, violation, add_json_standing, json, err);

	json_begin_array(json, "acts");
	if (r == 0)
		r = store_history(pg, violation, add_json_act, json, err);
	json_end_array(json);
	json_begin_array(json, "documents");
	if (r == 0)
		r = store_documents(pg, violation, add_json_document, json, err);
	json_end_array(json);
	json_begin_array(json, "milestones");
	if (r == 0)
		r = store_plan(pg, violation, add_json_milestone, json, err);
	json_end_array(json);
	return r < 0 ? r :
		       store_suppression_waiting(pg, violation->contractor_id, violation->id,
						 add_json_waiting, json, err);
}
