#include "muster/suppression_words.h"

#include <inttypes.h>

#include "sigma/sigma.h"

#define WORDS_MOST ((size_t)1 << 20)

/* rule AUT-GENERIC about "guest", up to severity medium */
static void add_scope(struct buffer *out, const char *rule, const char *subject, int severity)
{
	buffer_add_format(out, "%s%s", rule ? "rule " : "any rule", rule ? rule : "");
	if (subject)
		buffer_add_format(out, " about \"%s\"", subject);
	buffer_add_format(out, ", up to severity %s", sigma_level_name((enum sigma_level)severity));
}

PRINTF_LIKE(4, 5)
static void add_paragraph(struct buffer *out, unsigned width, unsigned indent,
			  const char *format, ...)
{
	CLEAN(buffer) struct buffer words, escaped;
	va_list list;

	buffer_init(&words, WORDS_MOST);
	buffer_init(&escaped, 4 * WORDS_MOST);
	va_start(list, format);
	buffer_add_format_list(&words, format, list);
	va_end(list);
	/* What a log or a person wrote is in it. */
	buffer_add_escaped(&escaped, buffer_text(&words), 0);
	report_wrap(out, buffer_text(&escaped), width ? width : 80, indent, true);
}

void suppression_preview_add(struct buffer *out, const struct store_suppression_preview *preview,
			     unsigned width, unsigned indent)
{
	CLEAN(buffer) struct buffer scope;
	char until[CALENDAR_TEXT];

	buffer_init(&scope, WORDS_MOST);
	add_scope(&scope, preview->rule, preview->subject, preview->severity);
	add_paragraph(out, width, indent,
		      "To be kept out of the queue until %s: %s, and whatever else of %s is opened"
		      " with %.*s. It stays in the books and counts.",
		      calendar_to_rfc3339(preview->until, until), preview->number,
		      preview->contractor, TEXT_PRINT(buffer_text(&scope)));
	add_paragraph(out, width, indent,
		      "Of what was opened in the last %d days it would have hidden %" PRId64
		      " besides: %" PRId64 " sustained, %" PRId64 " still open, %" PRId64
		      " dismissed.",
		      STORE_SUPPRESSION_DAYS, preview->hidden, preview->sustained, preview->open,
		      preview->dismissed);
	if (preview->more_severe)
		add_paragraph(out, width, indent,
			      "%" PRId64 " like it would have stayed in the queue: they are more severe.",
			      preview->more_severe);
	add_paragraph(out, width, indent, "It is owned by %s, who asks for it%s%s%s%s%s.",
		      preview->owner, preview->reason ? ": " : "",
		      preview->reason ? preview->reason : "", preview->note ? ", \"" : "",
		      preview->note ? preview->note : "", preview->note ? "\"" : "");
	add_paragraph(out, width, indent,
		      "A second person has to sign; before that nothing is kept out.");
}

void suppression_preview_add_json(struct json *json,
				  const struct store_suppression_preview *preview)
{
	json_string(json, "id", preview->number);
	json_string(json, "contractor", preview->contractor);
	json_string(json, "rule", preview->rule);
	json_string(json, "subject", preview->subject);
	json_string(json, "severity_at_most",
		    sigma_level_name((enum sigma_level)preview->severity));
	json_moment(json, "until", preview->until);
	json_string(json, "owner", preview->owner);
	json_string(json, "reason", preview->reason);
	json_string(json, "note", preview->note);
	json_bool(json, "second_person", true);
	json_number(json, "days", STORE_SUPPRESSION_DAYS);
	json_number(json, "hidden", preview->hidden);
	json_number(json, "sustained", preview->sustained);
	json_number(json, "open", preview->open);
	json_number(json, "dismissed", preview->dismissed);
	json_number(json, "more_severe", preview->more_severe);
}
