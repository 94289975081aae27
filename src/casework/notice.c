#include "casework/notice.h"
#include "casework/casework.h"

#define WIDTH 78u

/* Up to the next space or line end. */
static struct text word_take(struct text *rest)
{
	size_t end = 0;

	while (end < rest->length && rest->bytes[end] != ' ' && rest->bytes[end] != '\n')
		end++;
	struct text word = text_head(*rest, end);
	*rest = text_skip(*rest, end < rest->length ? end + 1 : end);
	return word;
}

/* Words in lines of at most WIDTH bytes, those after the first indented. */
static void wrap(struct buffer *out, const char *words, unsigned indent)
{
	struct text rest = text_of(words);
	size_t column = indent;

	buffer_add_format(out, "%*s", (int)indent, "");
	while (rest.length) {
		struct text word = word_take(&rest);
		if (word.length == 0)
			continue;
		if (column > indent && column + 1 + word.length > WIDTH) {
			buffer_add_format(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			buffer_add_byte(out, ' ');
			column++;
		}
		buffer_add_text(out, word);
		column += word.length;
	}
	buffer_add_byte(out, '\n');
}

static void add_moment(struct buffer *out, int64_t moment)
{
	char text[CALENDAR_TEXT];

	buffer_add_string(out, calendar_to_rfc3339(moment, text));
}

static void add_escaped(struct buffer *out, const char *words)
{
	buffer_add_escaped(out, text_of(words), 400);
}

static void add_finding(const struct casework_notice *notice, struct buffer *out)
{
	buffer_add_string(out, "WHAT IS SAID TO HAVE HAPPENED\n");
	wrap(out, notice->rule_title, 2);
	wrap(out, notice->rule_says, 2);
	buffer_add_format(out, "  %s: ", notice->subject_kind);
	add_escaped(out, notice->subject);
	buffer_add_format(out, "\n  severity: %s\n  events: %lld, from ", notice->severity,
			  (long long)notice->count);
	add_moment(out, notice->first);
	buffer_add_string(out, " to ");
	add_moment(out, notice->last);
	buffer_add_byte(out, '\n');
}

static void add_rule(const struct casework_notice *notice, struct buffer *out)
{
	buffer_add_format(out, "\nBY WHICH RULE\n  %s of %s, version %s\n", notice->rule,
			  notice->standard, notice->standard_digest);
	for (size_t i = 0; i < notice->requirement_count; i++) {
		const struct casework_notice_requirement *r = &notice->requirements[i];
		buffer_add_format(out, "  %s (%s)\n", r->id, r->citation);
		wrap(out, r->title, 4);
	}
}

static void add_lines(const struct casework_notice *notice, struct buffer *out)
{
	buffer_add_string(out, "\nWHERE IT STANDS IN YOUR LOGS\n");
	for (size_t i = 0; i < notice->line_count; i++) {
		const struct casework_notice_line *line = &notice->lines[i];
		buffer_add_string(out, "  ");
		add_escaped(out, line->delivery);
		buffer_add_format(out, ", line %lld, byte %lld, ", (long long)line->line,
				  (long long)line->offset);
		add_moment(out, line->time);
		buffer_add_format(out, "\n    SHA-256 %s\n", line->sha256);
	}
	if ((int64_t)notice->line_count < notice->count)
		buffer_add_format(out, "  and %lld more\n",
				  (long long)(notice->count - (int64_t)notice->line_count));
}

static void add_answers(const struct casework_notice *notice, struct buffer *out)
{
	size_t count;
	const struct casework_reason *reasons = casework_reasons(&count);

	buffer_add_string(out, "\nHOW TO ANSWER\n");
	buffer_add_string(out, "  by ");
	add_moment(out, notice->due);
	buffer_add_format(out, ", through incoming/%s.reply:\n", notice->violation);
	buffer_add_format(out, "  {\"violation\":\"%s\",\"answer\":\"CODE\",\"text\":\"...\"}\n",
			  notice->violation);
	for (size_t i = 0; i < count; i++) {
		if (reasons[i].list != CASEWORK_LIST_ANSWER)
			continue;
		buffer_add_format(out, "  %s%s\n", reasons[i].code,
				  reasons[i].text ? " (with words)" : "");
		wrap(out, reasons[i].meaning, 4);
	}
	buffer_add_byte(out, '\n');
	wrap(out, "Documents go before the reply, as "
		  "incoming/NUMBER.attachment.NAME, and the reply names their SHA-256 under "
		  "\"attachments\". A decision can be appealed. Nothing has been decided yet.", 2);
}

static void add_head(const struct casework_notice *notice, const char *what, struct buffer *out)
{
	buffer_add_format(out, "%s %s\nto %s (", what, notice->violation, notice->contractor);
	add_escaped(out, notice->contractor_name);
	buffer_add_string(out, ")\nsent ");
	add_moment(out, notice->sent);
	buffer_add_string(out, "\n\n");
}

void casework_notice_text(const struct casework_notice *notice, struct buffer *out)
{
	add_head(notice, "NOTICE", out);
	add_finding(notice, out);
	add_rule(notice, out);
	add_lines(notice, out);
	add_answers(notice, out);
}

static void add_json_rule(const struct casework_notice *notice, struct json *json)
{
	json_string(json, "standard", notice->standard);
	json_string(json, "standard_digest", notice->standard_digest);
	json_string(json, "rule", notice->rule);
	json_string(json, "rule_title", notice->rule_title);
	json_string(json, "rule_says", notice->rule_says);
	json_begin_array(json, "requirements");
	for (size_t i = 0; i < notice->requirement_count; i++) {
		json_begin_object(json, NULL);
		json_string(json, "id", notice->requirements[i].id);
		json_string(json, "citation", notice->requirements[i].citation);
		json_string(json, "title", notice->requirements[i].title);
		json_end_object(json);
	}
	json_end_array(json);
}

static void add_json_lines(const struct casework_notice *notice, struct json *json)
{
	json_begin_array(json, "lines");
	for (size_t i = 0; i < notice->line_count; i++) {
		json_begin_object(json, NULL);
		json_string(json, "delivery", notice->lines[i].delivery);
		json_string(json, "sha256", notice->lines[i].sha256);
		json_number(json, "line", notice->lines[i].line);
		json_number(json, "offset", notice->lines[i].offset);
		json_moment(json, "time", notice->lines[i].time);
		json_end_object(json);
	}
	json_end_array(json);
}

static void add_json_finding(const struct casework_notice *notice, struct json *json)
{
	json_string(json, "violation", notice->violation);
	json_string(json, "contractor", notice->contractor);
	json_string(json, "severity", notice->severity);
	json_string(json, "subject_kind", notice->subject_kind);
	json_string(json, "subject", notice->subject);
	json_number(json, "count", notice->count);
	json_moment(json, "first", notice->first);
	json_moment(json, "last", notice->last);
	json_moment(json, "sent", notice->sent);
}

void casework_notice_json(const struct casework_notice *notice, struct buffer *out)
{
	size_t count;
	const struct casework_reason *reasons = casework_reasons(&count);
	struct json json = json_to(out);

	json_begin_object(&json, NULL);
	add_json_finding(notice, &json);
	json_moment(&json, "due", notice->due);
	add_json_rule(notice, &json);
	add_json_lines(notice, &json);
	json_begin_array(&json, "answers");
	for (size_t i = 0; i < count; i++)
		if (reasons[i].list == CASEWORK_LIST_ANSWER)
			json_string(&json, NULL, reasons[i].code);
	json_end_array(&json);
	json_end_object(&json);
	buffer_add_byte(out, '\n');
}

/* Requests --------------------------------------------------------------------------- */

void casework_request_text(const struct casework_notice *notice, const char *asked,
			   struct buffer *out)
{
	CLEAN(buffer) struct buffer escaped;

	buffer_init(&escaped, (size_t)1 << 20);
	buffer_add_escaped(&escaped, text_of(asked), 0);
	add_head(notice, "REQUEST FOR EVIDENCE", out);
	buffer_add_string(out, "WHAT IS ASKED FOR\n");
	wrap(out, escaped.data ? escaped.data : "", 2);
	buffer_add_byte(out, '\n');
	add_finding(notice, out);
	add_rule(notice, out);
	add_lines(notice, out);
	buffer_add_string(out, "\nHOW TO ANSWER\n");
	buffer_add_format(out, "  with documents, as incoming/%s.attachment.NAME\n",
			  notice->violation);
	wrap(out, "Nothing has been decided yet.", 2);
}

void casework_request_json(const struct casework_notice *notice, const char *asked,
			   struct buffer *out)
{
	struct json json = json_to(out);

	json_begin_object(&json, NULL);
	json_string(&json, "asked", asked);
	add_json_finding(notice, &json);
	add_json_rule(notice, &json);
	add_json_lines(notice, &json);
	json_end_object(&json);
	buffer_add_byte(out, '\n');
}

/* Decisions ------------------------------------------------------------------------ */

/* What an action says to the contractor, and what it may do now. */
static const struct {
	const char *action, *says, *next;
} decisions[] = {
	{ "sustain", "It was decided that the standard was broken.",
	  "A plan of action and milestones is awaited. The decision can be appealed within 30 days, by a reply with the answer APPEAL." },
	{ "unsubstantiate", "It was decided that the standard was not shown to be broken. The case has ended.", "" },
	{ "dismiss", "The violation was dismissed. The case has ended.", "" },
	{ "uphold", "The appeal was heard: the decision stands.",
	  "A plan of action and milestones is awaited." },
	{ "overturn", "The appeal was heard: the decision does not stand. The case has ended.", "" },
	{ "remand", "The appeal was heard: the decision will be made anew.", "" },
	{ "sanction", "A step of the ladder of sanctions was taken.", "" },
	{ "withdraw", "Judged again, it is no violation. The case has ended; no answer is awaited.", "" },
	{ "merge", "It is part of an older violation and goes on there; no answer is awaited here.", "" },
};

static size_t decision_of(const char *action)
{
	size_t i = 0;

	while (i < ARRAY_LENGTH(decisions) && strcmp(decisions[i].action, action) != 0)
		i++;
	return i;
}

void casework_decision_text(const struct casework_decision *decision, struct buffer *out)
{
	size_t which = decision_of(decision->action);

	buffer_add_format(out, "DECISION %s\nto %s (", decision->violation, decision->contractor);
	add_escaped(out, decision->contractor_name);
	buffer_add_string(out, ")\nsent ");
	add_moment(out, decision->sent);
	buffer_add_format(out, "\n\n  %s: ", decision->rule);
	add_escaped(out, decision->rule_title);
	buffer_add_string(out, "\n\n");
	wrap(out, which < ARRAY_LENGTH(decisions) ? decisions[which].says : decision->action, 2);
	if (decision->sanction)
		buffer_add_format(out, "  step: %s\n", decision->sanction);
	if (decision->reason)
		buffer_add_format(out, "  reason: %s, %s\n", decision->reason,
				  decision->reason_meaning ? decision->reason_meaning : "");
	buffer_add_string(out, "  decided at ");
	add_moment(out, decision->at);
	buffer_add_format(out, "; the case is now: %s\n", decision->state);
	if (which == ARRAY_LENGTH(decisions) || !decisions[which].next[0])
		return;
	buffer_add_byte(out, '\n');
	wrap(out, decisions[which].next, 2);
	if (decision->due == MOMENT_NONE)
		return;
	buffer_add_string(out, "  by ");
	add_moment(out, decision->due);
	buffer_add_byte(out, '\n');
}

void casework_decision_json(const struct casework_decision *decision, struct buffer *out)
{
	struct json json = json_to(out);

	json_begin_object(&json, NULL);
	json_string(&json, "violation", decision->violation);
	json_string(&json, "contractor", decision->contractor);
	json_string(&json, "rule", decision->rule);
	json_string(&json, "action", decision->action);
	json_string(&json, "reason", decision->reason);
	json_string(&json, "sanction", decision->sanction);
	json_string(&json, "state", decision->state);
	json_moment(&json, "decided_at", decision->at);
	json_moment(&json, "sent", decision->sent);
	json_moment(&json, "due", decision->due);
	json_end_object(&json);
	buffer_add_byte(out, '\n');
}
