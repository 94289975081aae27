#include "casework/notice.h"

#define WIDTH 78u

/* What a contractor may answer. */
static const struct {
	const char *code, *meaning;
	bool words;
} answers[] = {
#define TEXT true
#define BARE false
#define REASON(code, list, text, told, second, meaning) list##_ROW(code, text, meaning)
#define ANSWER_ROW(code, text, meaning) { code, meaning, text },
#define DISMISSAL_ROW(code, text, meaning)
#define SUSTAINING_ROW(code, text, meaning)
#define UPHOLDING_ROW(code, text, meaning)
#define OVERTURNING_ROW(code, text, meaning)
#define REMANDING_ROW(code, text, meaning)
#include "casework/reasons.def"
#undef TEXT
#undef BARE
#undef REASON
};

/* Words in lines of at most WIDTH bytes, those after the first indented. */
static void wrap(struct buffer *out, const char *words, unsigned indent)
{
	struct text rest = text_of(words);
	size_t column = indent;

	buffer_add_format(out, "%*s", (int)indent, "");
	while (rest.length) {
		struct text word = text_split(&rest, ' ');
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
	buffer_add_string(out, "\nHOW TO ANSWER\n");
	buffer_add_string(out, "  by ");
	add_moment(out, notice->due);
	buffer_add_format(out, ", through incoming/%s.reply:\n", notice->violation);
	buffer_add_format(out, "  {\"violation\":\"%s\",\"answer\":\"CODE\",\"text\":\"...\"}\n",
			  notice->violation);
	for (size_t i = 0; i < ARRAY_LENGTH(answers); i++) {
		buffer_add_format(out, "  %s%s\n", answers[i].code,
				  answers[i].words ? " (with words)" : "");
		wrap(out, answers[i].meaning, 4);
	}
	buffer_add_byte(out, '\n');
	wrap(out, "Documents go before the reply, as "
		  "incoming/NUMBER.attachment.NAME, and the reply names their SHA-256 under "
		  "\"attachments\". A decision can be appealed. Nothing has been decided yet.", 2);
}

void casework_notice_text(const struct casework_notice *notice, struct buffer *out)
{
	buffer_add_format(out, "NOTICE %s\nto %s (", notice->violation, notice->contractor);
	add_escaped(out, notice->contractor_name);
	buffer_add_string(out, ")\nsent ");
	add_moment(out, notice->sent);
	buffer_add_string(out, "\n\n");
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

void casework_notice_json(const struct casework_notice *notice, struct buffer *out)
{
	struct json json = json_to(out);

	json_begin_object(&json, NULL);
	json_string(&json, "violation", notice->violation);
	json_string(&json, "contractor", notice->contractor);
	json_string(&json, "severity", notice->severity);
	json_string(&json, "subject_kind", notice->subject_kind);
	json_string(&json, "subject", notice->subject);
	json_number(&json, "count", notice->count);
	json_moment(&json, "first", notice->first);
	json_moment(&json, "last", notice->last);
	json_moment(&json, "sent", notice->sent);
	json_moment(&json, "due", notice->due);
	add_json_rule(notice, &json);
	add_json_lines(notice, &json);
	json_begin_array(&json, "answers");
	for (size_t i = 0; i < ARRAY_LENGTH(answers); i++)
		json_string(&json, NULL, answers[i].code);
	json_end_array(&json);
	json_end_object(&json);
	buffer_add_byte(out, '\n');
}
