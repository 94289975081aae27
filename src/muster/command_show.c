/* muster show: one violation, and everything needed to decide on it. */
#include "casework/casework.h"
#include "muster/case_clock.h"
#include "muster/case_file.h"
#include "muster/case_gaps.h"
#include "muster/case_history.h"
#include "muster/held_output.h"
#include "muster/queue_words.h"
#include "muster/show_words.h"
#include "sigma/sigma.h"

#include <inttypes.h>

#define LINES 3                /* log lines shown, where no --lines is given */
#define LINES_MOST 10000
#define RECORD_BYTES 320       /* shown of one, without --raw */
#define SHOW_MEMORY ((size_t)1 << 30)
#define OUTPUT_MOST ((size_t)256 << 20)

int command_show(struct command_run *run, struct err *err);

const struct command_option command_show_options[] = {
	{ "lines", 0, "NUMBER", 0, "show at most that many log records (3)" },
	{ "raw", 0, NULL, 0, "show the log records whole" },
	{ "clock", 0, NULL, 0, "show how its deadlines came about, and nothing else" },
	COMMAND_OPTIONS_END
};

struct showing {
	struct command_run *run;
	struct pg *pg;
	const char *directory;
	int64_t lines;
	bool raw;
	unsigned width;
	struct buffer *out;    /* of show_add_words() */
};

static const char *severity_of(int severity)
{
	return sigma_level_name((enum sigma_level)severity);
}

/* As text --------------------------------------------------------------------------- */

static void add_escaped_paragraph(struct buffer *out, struct text t, unsigned width,
				  unsigned indent)
{
	CLEAN(buffer) struct buffer escaped;

	buffer_init(&escaped, OUTPUT_MOST);
	buffer_add_escaped(&escaped, t, 0);
	report_wrap(out, buffer_text(&escaped), width, indent, true);
}

PRINTF_LIKE(4, 5)
static void add_paragraph(struct buffer *out, unsigned width, unsigned indent,
			  const char *format, ...)
{
	CLEAN(buffer) struct buffer words;
	va_list list;

	buffer_init(&words, OUTPUT_MOST);
	va_start(list, format);
	buffer_add_format_list(&words, format, list);
	va_end(list);
	add_escaped_paragraph(out, buffer_text(&words), width, indent);
}

/* Words that stand in lines of their own are set anew. */
static void add_folded(struct buffer *out, const char *words)
{
	for (bool space = false; *words; words++) {
		if (is_space(*words)) {
			space = out->length > 0;
			continue;
		}
		if (space)
			buffer_add_byte(out, ' ');
		buffer_add_byte(out, *words);
		space = false;
	}
}

static void add_words(struct buffer *out, const struct showing *showing, const char *words)
{
	CLEAN(buffer) struct buffer folded;

	buffer_init(&folded, OUTPUT_MOST);
	add_folded(&folded, words);
	if (folded.length)
		add_paragraph(out, showing->width, 2, "%s", folded.data);
}

static void add_title(struct buffer *out, const struct showing *showing,
		      const struct store_violation *v)
{
	CLEAN(buffer) struct buffer state;

	buffer_init(&state, 1024);
	queue_state_add(&state, v, queue_moment(showing->run, command_now(showing->run)));
	add_paragraph(out, showing->width, 0, "%s  %s  %s, held against %s %s", v->number,
		      severity_of(v->severity), state.data, v->subject_kind, v->subject);
	add_paragraph(out, showing->width, 0, "%s (%s)%s%s", v->contractor, v->contractor_name,
		      v->owner ? ", with " : "", v->owner ? v->owner : "");
}

static void add_standard(struct buffer *out, const struct showing *showing,
			 const struct case_file *file)
{
	const struct store_violation *v = file->violation;

	buffer_add_string(out, "\nWHAT THE STANDARD SAYS\n");
	for (size_t i = 0; i < v->requirement_count; i++) {
		const struct standard_requirement *is =
			file->standard ?
				standard_requirement_find(file->standard, v->requirements[i]) :
				NULL;
		if (is)
			add_paragraph(out, showing->width, 2, "%s  %s (%s; worth %d)", is->id,
				      is->title, is->citation, is->weight);
		else
			add_paragraph(out, showing->width, 2, "%.*s",
				      TEXT_PRINT(v->requirements[i]));
	}
	add_words(out, showing, v->rule_says);
}

/* What of a record is shown without --raw: whole lines, if it has several. */
static struct text head_of(struct text bytes)
{
	struct text head = text_head(bytes, RECORD_BYTES);

	if (head.length == bytes.length)
		return head;
	for (size_t end = head.length; end > 0; end--)
		if (head.bytes[end - 1] == '\n')
			return text_head(head, end - 1);
	while (head.length > RECORD_BYTES - 4 && text_utf8_valid(head) < head.length)
		head.length--;
	return head;
}

static void add_record(struct buffer *out, const struct showing *showing, struct text bytes)
{
	struct text rest = showing->raw ? bytes : head_of(bytes);
	size_t left = bytes.length - rest.length;

	while (rest.length)
		add_escaped_paragraph(out, text_split(&rest, '\n'), showing->width, 4);
	if (left)
		buffer_add_format(out, "    ... and %zu bytes more: --raw shows them\n", left);
}

static void add_lines(struct buffer *out, const struct showing *showing,
		      const struct case_file *file)
{
	const struct store_violation *v = file->violation;
	char first[CALENDAR_TEXT], last[CALENDAR_TEXT];

	buffer_add_string(out, "\nTHE RECORDS\n");
	if (v->count > 1)
		add_paragraph(out, showing->width, 2,
			      "%zu of %" PRId64 " shown; from %s to %s", file->line_count,
			      v->count, calendar_to_rfc3339(v->first, first),
			      calendar_to_rfc3339(v->last, last));
	for (size_t i = 0; i < file->line_count; i++) {
		const struct case_line *line = &file->lines[i];
		add_paragraph(out, showing->width, 2,
			      "%s  %s line %" PRId64 ", byte %" PRId64 " (system %s, batch %" PRId64
			      ")",
			      calendar_to_rfc3339(line->at.time, first), line->at.name,
			      line->at.line, line->at.offset, line->at.system, line->at.batch);
		add_paragraph(out, showing->width, 4, "evidence %s", line->at.evidence);
		if (line->failure)
			add_paragraph(out, showing->width, 4, "cannot be read: %s",
				      line->failure);
		else
			add_record(out, showing, line->bytes);
	}
}

static bool is_first_of_name(const struct case_line *line, size_t field)
{
	for (size_t i = 0; i < field; i++)
		if (text_equal(line->fields[i].name, line->fields[field].name))
			return false;
	return true;
}

static bool is_repeated(const struct case_line *line, size_t field)
{
	for (size_t i = 0; i < field; i++)
		if (text_equal(line->fields[i].name, line->fields[field].name) &&
		    text_equal(line->fields[i].value, line->fields[field].value))
			return true;
	return false;
}

/* A field and all its values, each once. */
static void add_field(struct buffer *out, const struct showing *showing,
		      const struct case_line *line, size_t first)
{
	CLEAN(buffer) struct buffer values;
	struct text name = line->fields[first].name;

	buffer_init(&values, OUTPUT_MOST);
	buffer_add_format(&values, "%.*s%*s ", TEXT_PRINT(name),
			  name.length < 16 ? (int)(16 - name.length) : 0, "");
	for (size_t i = first; i < line->field_count; i++)
		if (text_equal(line->fields[i].name, name) && !is_repeated(line, i)) {
			struct text value = line->fields[i].value;
			buffer_add_format(&values, "%s", i == first ? "" : ", ");
			buffer_add_text(&values, showing->raw ? value : text_head(value, 200));
		}
	add_escaped_paragraph(out, buffer_text(&values), showing->width, 4);
}

static void add_why(struct buffer *out, const struct showing *showing,
		    const struct case_file *file)
{
	const struct store_violation *v = file->violation;
	const struct case_line *line = file->lines;

	buffer_add_string(out, "\nWHY IT FIRED\n");
	add_paragraph(out, showing->width, 2, "%s  %s", v->rule, v->rule_title);
	add_paragraph(out, showing->width, 2, "%s; of %s, version %.12s",
		      v->direct ? "direct: it shows failure" :
				  "indirect: a reason to ask, no proof",
		      v->standard, v->standard_digest);
	add_words(out, showing, file->description);
	for (struct text rest = text_of(v->correlation ? v->correlation : ""); rest.length;) {
		struct text line_of_it = text_split(&rest, '\n');
		add_escaped_paragraph(out, line_of_it, showing->width, 4);
	}
	if (v->correlation)
		add_paragraph(out, showing->width, 4, "here: %" PRId64 " record%s", v->count,
			      v->count == 1 ? "" : "s");
	if (v->merged_into)
		add_paragraph(out, showing->width, 2, "merged into %s", v->merged_into);
	if (file->line_count && !line->failure) {
		for (size_t i = 0; i < line->field_count; i++)
			if (is_first_of_name(line, i))
				add_field(out, showing, line, i);
		if (!line->matches && !v->correlation)
			add_paragraph(out, showing->width, 2,
				      "read again now, the first record does not match the rule");
	}
	for (size_t i = 0; file->false_positives[i]; i++)
		add_paragraph(out, showing->width, 2, "%s%s",
			      i ? "" : "Rule out first: ", file->false_positives[i]);
}

static void add_effect(struct buffer *out, const struct showing *showing,
		       const struct case_effect *effect)
{
	CLEAN(buffer) struct buffer points;

	buffer_init(&points, 65536);
	buffer_add_string(out, "\nWHAT IT DOES TO THE SCORE\n");
	if (!effect->known) {
		buffer_add_string(out, effect->of_handling ?
					       "  nothing: its standard is a record of handling, beside the scores\n" :
					       "  its standard is not in force: there is no score\n");
		return;
	}
	for (size_t i = 0; i < effect->requirement_count; i++)
		buffer_add_format(&points, "%s%s: -%d", i ? ", " : " (",
				  effect->requirements[i].requirement,
				  effect->requirements[i].points);
	if (effect->requirement_count)
		buffer_add_byte(&points, ')');
	if (effect->indicated_with == effect->indicated_without)
		add_paragraph(out, showing->width, 2,
			      "indicated %d: the same without it", effect->indicated_with);
	else
		add_paragraph(out, showing->width, 2, "indicated %d -> %d%s",
			      effect->indicated_without, effect->indicated_with,
			      points.length ? points.data : "");
	if (effect->record_with == effect->record_without)
		add_paragraph(out, showing->width, 2,
			      "of record %d: unchanged until it is decided", effect->record_with);
	else
		add_paragraph(out, showing->width, 2, "of record %d -> %d",
			      effect->record_without, effect->record_with);
}

static void add_side(struct buffer *out, const struct store_replay_side *side)
{
	char first[CALENDAR_TEXT], last[CALENDAR_TEXT];

	if (side->count == 0)
		buffer_add_string(out, *side->state ? side->state : "nothing");
	else
		buffer_add_format(out, "%" PRId64 " record%s, %s to %s, %s", side->count,
				  side->count == 1 ? "" : "s",
				  calendar_to_rfc3339(side->first, first),
				  calendar_to_rfc3339(side->last, last),
				  severity_of(side->severity));
}

static void add_changes(struct buffer *out, const struct showing *showing,
			const struct case_file *file)
{
	char at[CALENDAR_TEXT];

	if (file->change_count)
		buffer_add_string(out, "\nJUDGED AGAIN\n");
	for (size_t i = 0; i < file->change_count; i++) {
		const struct case_change *change = &file->changes[i];
		CLEAN(buffer) struct buffer sides;
		buffer_init(&sides, 4096);
		add_side(&sides, &change->before);
		buffer_add_string(&sides, " -> ");
		add_side(&sides, &change->after);
		add_paragraph(out, showing->width, 2, "%s  %s by %s: %s",
			      calendar_to_rfc3339(change->at, at), change->what, change->by,
			      change->reason);
		add_paragraph(out, showing->width, 4, "%s", sides.data ? sides.data : "");
		if (!change->applied)
			add_paragraph(out, showing->width, 4,
				      "left as it was, since people had decided on it");
	}
}

static const struct report_column history_columns[] = {
	{ "id", "  ID", REPORT_TEXT, 0, 0, "" },
	{ "last", "LAST", REPORT_DATE, 0, 0, "" },
	{ "rule", "RULE", REPORT_TEXT, 0, 10, "" },
	{ "subject", "SUBJECT", REPORT_TEXT, 0, 8, "" },
	{ "state", "STATE", REPORT_TEXT, 0, 0, "" },
	{ "same", "SAME", REPORT_TEXT, 0, 0, "" },
};

static int append(void *context, struct text piece, struct err *err)
{
	(void)err;
	buffer_add_text(context, piece);
	return 0;
}

static int add_neighbour(struct report *report, const struct case_neighbour *n,
			 struct err *err)
{
	char id[40];

	snprintf(id, sizeof(id), "  %s", n->number);
	struct report_value values[] = {
		report_string(id),
		report_moment(n->last),
		report_string(n->rule),
		report_string(n->subject),
		report_string(n->state),
		report_string(n->same_rule && n->same_subject ? "rule, subject" :
			      n->same_rule		      ? "rule" :
								"subject"),
	};
	return report_row(report, values, err);
}

static int add_history(struct buffer *out, const struct showing *showing,
		       const struct case_file *file, struct err *err)
{
	const struct report_table table = { history_columns, ARRAY_LENGTH(history_columns) };
	CLEAN(report) struct report *report = report_begin(
		&table, REPORT_AS_TEXT, showing->width, (struct report_sink){ append, out });
	int r = report ? 0 : err_set(err, ERR_MEMORY, "out of memory");

	buffer_add_string(out, "\nWHAT ELSE THERE WAS (same rule or same subject, latest first)\n");
	if (file->neighbour_count == 0)
		buffer_add_string(out, "  nothing\n");
	for (size_t i = 0; i < file->neighbour_count && r == 0; i++)
		r = add_neighbour(report, &file->neighbours[i], err);
	return r < 0 ? r : report_end(report, err);
}

/* What people can do with it now, whoever they are. */
static void add_actions(struct buffer *out, const struct showing *showing,
			const struct store_violation *v)
{
	enum casework_state state;
	struct casework_transition is;
	size_t begin = out->length;
	bool any = false;

	if (!casework_state_find(text_of(v->state), &state))
		return;
	buffer_add_format(out, "  muster act %s ", v->number);
	for (int i = 0; i < CASEWORK_ACTION_COUNT; i++) {
		enum casework_action action = (enum casework_action)i;
		if (!casework_transition(state, action, &is) ||
		    is.who == 1u << CASEWORK_ROLE_DAEMON || is.by == CASEWORK_BY_SECOND ||
		    is.by == CASEWORK_BY_ACTOR)
			continue;
		const char *name = casework_action_describe(action)->name;
		if (any)
			buffer_add_byte(out, '|');
		if (out->length - begin + strlen(name) + 1 > showing->width) {
			buffer_add_string(out, "\n      ");
			begin = out->length - 6;
		}
		buffer_add_string(out, name);
		any = true;
	}
	buffer_add_byte(out, '\n');
}

static void add_next(struct buffer *out, const struct showing *showing,
		     const struct case_file *file)
{
	const struct store_violation *v = file->violation;

	buffer_add_string(out, "\nNEXT\n");
	add_actions(out, showing, v);
	if ((int64_t)file->line_count < v->count)
		buffer_add_format(out, "  muster show %s --lines %" PRId64 "\n", v->number,
				  v->count < LINES_MOST ? v->count : LINES_MOST);
	buffer_add_format(out, "  muster show %s --raw\n", v->number);
	buffer_add_format(out, "  muster queue --contractor %s --rule %s\n", v->contractor,
			  v->rule);
	buffer_add_format(out, "  muster queue --after %s\n", v->number);
	buffer_add_format(out, "  muster score %s --explain\n", v->contractor);
}

static struct marking marking_of(const struct case_file *file)
{
	struct marking marking = { 0 };

	marking_add(&marking, file->violation->level);
	for (size_t i = 0; i < file->neighbour_count; i++)
		marking_add(&marking, file->neighbours[i].level);
	return marking;
}

static int add_as_text(struct buffer *out, const struct showing *showing,
		       const struct case_file *file, struct err *err)
{
	struct marking marking = marking_of(file);
	int r;

	marking_add_banner(&marking, showing->width, out);
	add_title(out, showing, file->violation);
	r = case_signature_add(showing->pg, file->violation, showing->width, out, err);
	if (r < 0)
		return r;
	add_standard(out, showing, file);
	add_lines(out, showing, file);
	r = case_gaps_add(showing->run, showing->pg, file->violation, showing->width, out, err);
	add_why(out, showing, file);
	add_changes(out, showing, file);
	add_effect(out, showing, &file->effect);
	if (r == 0)
		r = case_history_add(showing->pg, file->violation, showing->width, out, err);
	if (r == 0)
		r = add_history(out, showing, file, err);
	if (r == 0)
		r = case_clock_add(showing->pg, file->violation, showing->width, out, err);
	add_next(out, showing, file);
	marking_add_banner(&marking, showing->width, out);
	return r;
}

static int add_for_desk(void *context, const struct store_violation *violation, struct err *err)
{
	struct showing *showing = context;
	CLEAN(arena) struct arena *arena = arena_new(SHOW_MEMORY);
	CLEAN(case_file) struct case_file file = { 0 };
	int r;

	if (!arena)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = case_file_read(showing->pg, showing->directory, command_now(showing->run), violation,
			   showing->lines, arena, &file, err);
	if (r < 0)
		return r;
	add_title(showing->out, showing, violation);
	if (!showing->raw)
		r = case_signature_add(showing->pg, violation, showing->width, showing->out, err);
	add_lines(showing->out, showing, &file);
	if (showing->raw || r < 0)
		return r;
	r = case_gaps_add(showing->run, showing->pg, violation, showing->width, showing->out, err);
	add_why(showing->out, showing, &file);
	add_standard(showing->out, showing, &file);
	add_effect(showing->out, showing, &file.effect);
	if (r == 0)
		r = case_history_add(showing->pg, violation, showing->width, showing->out, err);
	if (r == 0)
		r = add_history(showing->out, showing, &file, err);
	if (r == 0)
		r = case_clock_add(showing->pg, violation, showing->width, showing->out, err);
	return r;
}

int show_add_words(struct command_run *run, struct pg *pg, const char *number, unsigned width,
		   bool raw, struct buffer *out, struct err *err)
{
	struct showing showing = { .run = run, .pg = pg, .lines = raw ? 100 : LINES, .raw = raw,
				   .width = width, .out = out };
	const struct config *config;
	int r = command_config(run, &config, err);

	if (r < 0)
		return r;
	showing.directory = config->instance_directory;
	return store_violation(pg, number, add_for_desk, &showing, err);
}

/* As JSON: one object with all of it ----------------------------------------------------- */

static void add_json_requirements(struct json *json, const struct case_file *file)
{
	const struct store_violation *v = file->violation;

	json_begin_array(json, "requirements");
	for (size_t i = 0; i < v->requirement_count; i++)
		json_text(json, NULL, v->requirements[i]);
	json_end_array(json);
	json_begin_array(json, "requirement_texts");
	for (size_t i = 0; file->standard && i < v->requirement_count; i++) {
		const struct standard_requirement *is =
			standard_requirement_find(file->standard, v->requirements[i]);
		if (!is)
			continue;
		json_begin_object(json, NULL);
		json_string(json, "id", is->id);
		json_string(json, "title", is->title);
		json_string(json, "citation", is->citation);
		json_number(json, "weight", is->weight);
		json_end_object(json);
	}
	json_end_array(json);
}

static void add_json_line(struct json *json, const struct case_line *line)
{
	json_begin_object(json, NULL);
	json_moment(json, "time", line->at.time);
	json_string(json, "delivery", line->at.delivery);
	json_string(json, "name", line->at.name);
	json_string(json, "system", line->at.system);
	json_string(json, "format", line->at.format);
	json_number(json, "batch", line->at.batch);
	json_number(json, "line", line->at.line);
	json_number(json, "offset", line->at.offset);
	json_number(json, "length", line->at.length);
	json_string(json, "evidence", line->at.evidence);
	json_string(json, "encoding", line->at.encoding);
	json_string(json, "failure", line->failure);
	if (line->failure)
		json_null(json, "record");
	else
		json_text(json, "record", line->bytes);
	json_bool(json, "matches", line->matches);
	json_begin_array(json, "fields");
	for (size_t i = 0; i < line->field_count; i++) {
		json_begin_object(json, NULL);
		json_text(json, "name", line->fields[i].name);
		json_text(json, "value", line->fields[i].value);
		json_end_object(json);
	}
	json_end_array(json);
	json_end_object(json);
}

static void add_json_effect(struct json *json, const struct case_effect *effect)
{
	if (!effect->known) {
		json_null(json, "effect");
		return;
	}
	json_begin_object(json, "effect");
	json_number(json, "score_of_record", effect->record_with);
	json_number(json, "score_of_record_without", effect->record_without);
	json_number(json, "score_indicated", effect->indicated_with);
	json_number(json, "score_indicated_without", effect->indicated_without);
	json_begin_array(json, "requirements");
	for (size_t i = 0; i < effect->requirement_count; i++) {
		json_begin_object(json, NULL);
		json_string(json, "id", effect->requirements[i].requirement);
		json_number(json, "points", -effect->requirements[i].points);
		json_end_object(json);
	}
	json_end_array(json);
	json_end_object(json);
}

static void add_json_history(struct json *json, const struct case_file *file)
{
	json_begin_array(json, "history");
	for (size_t i = 0; i < file->neighbour_count; i++) {
		const struct case_neighbour *n = &file->neighbours[i];
		json_begin_object(json, NULL);
		json_string(json, "id", n->number);
		json_string(json, "rule", n->rule);
		json_string(json, "subject", n->subject);
		json_string(json, "severity", severity_of(n->severity));
		json_string(json, "state", n->state);
		json_moment(json, "first", n->first);
		json_moment(json, "last", n->last);
		json_number(json, "count", n->count);
		json_bool(json, "same_rule", n->same_rule);
		json_bool(json, "same_subject", n->same_subject);
		json_string(json, "marking", marking_of_level(n->level));
		json_end_object(json);
	}
	json_end_array(json);
}

static void add_json_side(struct json *json, const char *key, const struct store_replay_side *side)
{
	if (side->count == 0 && !*side->state) {
		json_null(json, key);
		return;
	}
	json_begin_object(json, key);
	json_string(json, "state", side->state);
	if (side->count) {
		json_number(json, "count", side->count);
		json_moment(json, "first", side->first);
		json_moment(json, "last", side->last);
		json_string(json, "severity", severity_of(side->severity));
	}
	json_end_object(json);
}

static void add_json_changes(struct json *json, const struct case_file *file)
{
	json_begin_array(json, "changes");
	for (size_t i = 0; i < file->change_count; i++) {
		const struct case_change *change = &file->changes[i];
		json_begin_object(json, NULL);
		json_string(json, "what", change->what);
		json_bool(json, "applied", change->applied);
		json_string(json, "reason", change->reason);
		json_string(json, "by", change->by);
		json_moment(json, "at", change->at);
		add_json_side(json, "before", &change->before);
		add_json_side(json, "after", &change->after);
		json_end_object(json);
	}
	json_end_array(json);
}

static int add_as_json(struct buffer *out, const struct showing *showing,
		       const struct case_file *file, struct err *err)
{
	const struct store_violation *v = file->violation;
	struct json json = json_to(out);

	json_begin_object(&json, NULL);
	json_string(&json, "id", v->number);
	json_string(&json, "contractor", v->contractor);
	json_string(&json, "contractor_name", v->contractor_name);
	json_string(&json, "rule", v->rule);
	json_string(&json, "rule_title", v->rule_title);
	json_string(&json, "rule_description", file->description);
	json_bool(&json, "direct", v->direct);
	json_string(&json, "standard", v->standard);
	json_string(&json, "standard_digest", v->standard_digest);
	json_string(&json, "says", v->rule_says);
	add_json_requirements(&json, file);
	json_string(&json, "severity", severity_of(v->severity));
	json_string(&json, "state", v->state);
	json_string(&json, "merged_into", v->merged_into);
	json_string(&json, "correlation", v->correlation);
	json_string(&json, "subject_kind", v->subject_kind);
	json_string(&json, "subject", v->subject);
	json_moment(&json, "first", v->first);
	json_moment(&json, "last", v->last);
	json_number(&json, "count", v->count);
	json_moment(&json, "opened", v->opened);
	json_moment(&json, "due", v->due);
	json_string(&json, "owner", v->owner);
	json_string(&json, "marking", marking_of_level(v->level));
	json_begin_array(&json, "records");
	for (size_t i = 0; i < file->line_count; i++)
		add_json_line(&json, &file->lines[i]);
	json_end_array(&json);
	json_begin_array(&json, "rule_out");
	for (size_t i = 0; file->false_positives[i]; i++)
		json_string(&json, NULL, file->false_positives[i]);
	json_end_array(&json);
	add_json_effect(&json, &file->effect);
	add_json_history(&json, file);
	add_json_changes(&json, file);
	int r = case_gaps_add_json(showing->run, showing->pg, v, &json, err);
	if (r == 0)
		r = case_history_add_json(showing->pg, v, &json, err);
	json_end_object(&json);
	buffer_add_byte(out, '\n');
	return r;
}

/* ------------------------------------------------------------------------------------------ */

static int show_clock(void *context, const struct store_violation *violation, struct err *err)
{
	struct showing *showing = context;
	CLEAN(arena) struct arena *arena = arena_new(SHOW_MEMORY);
	struct marking marking = { 0 };
	CLEAN(buffer) struct buffer out;
	int64_t now = command_now(showing->run);
	int r;

	buffer_init(&out, OUTPUT_MOST);
	if (!arena)
		return err_set(err, ERR_MEMORY, "out of memory");
	if (command_format(showing->run) == REPORT_AS_JSON) {
		r = case_clock_explain_json(showing->pg, violation, now, arena, &out, err);
	} else {
		marking_add(&marking, violation->level);
		marking_add_banner(&marking, showing->width, &out);
		add_title(&out, showing, violation);
		r = case_clock_explain(showing->pg, violation, now, showing->width, arena, &out, err);
		marking_add_banner(&marking, showing->width, &out);
	}
	return r < 0 ? r : command_write(showing->run, buffer_text(&out), err);
}

static int show(void *context, const struct store_violation *violation, struct err *err)
{
	struct showing *showing = context;
	CLEAN(arena) struct arena *arena = arena_new(SHOW_MEMORY);
	CLEAN(case_file) struct case_file file = { 0 };
	CLEAN(buffer) struct buffer out;
	int r;

	buffer_init(&out, OUTPUT_MOST);
	if (!arena)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = case_file_read(showing->pg, showing->directory, command_now(showing->run), violation,
			   showing->lines, arena, &file, err);
	if (r < 0)
		return r;
	if (command_format(showing->run) == REPORT_AS_JSON)
		r = add_as_json(&out, showing, &file, err);
	else
		r = add_as_text(&out, showing, &file, err);
	if (r < 0)
		return r;
	if (out.failed)
		return err_set(err, ERR_LIMIT, "more than %zu bytes to show: use --lines",
			       OUTPUT_MOST);
	return command_write(showing->run, buffer_text(&out), err);
}

int command_show(struct command_run *run, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction snapshot = { NULL };
	struct showing showing = {
		.run = run,
		.lines = LINES,
		.raw = command_has(run, "raw"),
		.width = command_width(run),
	};
	const struct config *config;
	int r = command_option_number(run, "lines", 1, LINES_MOST, &showing.lines, err);

	if (showing.width == 0 || showing.width > 100)
		showing.width = 80;
	if (r >= 0 && command_format(run) == REPORT_AS_CSV)
		r = err_set(err, ERR_USAGE,
			    "one violation is no table: use --format json, or muster queue"
			    " --format csv");
	if (r >= 0)
		r = command_config(run, &config, err);
	if (r >= 0)
		r = command_store(run, STORE_OFFICER, &showing.pg, err);
	if (r >= 0 && command_is_person(run))
		r = store_look(showing.pg, command_argument(run, 0), err);
	if (r >= 0)
		r = store_snapshot(showing.pg, &snapshot, err);
	if (r < 0)
		return r;
	showing.directory = config->instance_directory;
	return store_violation(showing.pg, command_argument(run, 0),
			       command_has(run, "clock") ? show_clock : show, &showing, err);
}
