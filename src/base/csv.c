#include "base/csv.h"
#include "base/arena.h"

#define SCRATCH_LIMIT ((size_t)1 << 30)

void csv_init(struct csv *csv, struct text content, struct arena *arena)
{
	*csv = (struct csv){.content = content, .line = 1, .arena = arena};
	buffer_init(&csv->scratch, SCRATCH_LIMIT);
	if (text_starts_with(content, TEXT("\xef\xbb\xbf")))
		csv->at = csv->line_begin = 3;
}

void csv_done(struct csv *csv)
{
	buffer_done(&csv->scratch);
}

bool csv_at_end(const struct csv *csv)
{
	return csv->at == csv->content.length;
}

static bool at_line_end(const struct csv *csv)
{
	struct text rest = text_skip(csv->content, csv->at);

	return rest.length == 0 || rest.bytes[0] == '\n' || text_starts_with(rest, TEXT("\r\n"));
}

static void line_end_take(struct csv *csv)
{
	while (!csv_at_end(csv) && csv->content.bytes[csv->at] != '\n')
		csv->at++;
	if (!csv_at_end(csv))
		csv->at++;
	csv->line++;
	csv->line_begin = csv->at;
}

static unsigned column_here(const struct csv *csv)
{
	return (unsigned)(csv->at - csv->line_begin) + 1;
}

static int fault_here(const struct csv *csv, struct csv_fault *fault, const char *reason)
{
	*fault = (struct csv_fault){csv->line, column_here(csv), reason};
	return -ERR_SYNTAX;
}

static int quoted_take(struct csv *csv, struct csv_field *field, struct csv_fault *fault)
{
	const char *bytes = csv->content.bytes;

	buffer_reset(&csv->scratch);
	for (csv->at++; !csv_at_end(csv); csv->at++) {
		char c = bytes[csv->at];
		if (c == '"') {
			if (csv->at + 1 == csv->content.length || bytes[csv->at + 1] != '"')
				break;
			csv->at++;
		}
		if (c == '\n') {
			csv->line++;
			csv->line_begin = csv->at + 1;
		}
		buffer_add_byte(&csv->scratch, c);
	}
	if (csv_at_end(csv)) {
		*fault = (struct csv_fault){field->line, field->column,
					    "the quotes are not closed"};
		return -ERR_SYNTAX;
	}
	csv->at++;
	if (!at_line_end(csv) && bytes[csv->at] != ',')
		return fault_here(csv, fault, "after closing quotes a comma must follow");
	field->value = arena_text(csv->arena, buffer_text(&csv->scratch));
	return csv->scratch.failed || !field->value.bytes ? -ERR_MEMORY : 0;
}

static int plain_take(struct csv *csv, struct csv_field *field, struct csv_fault *fault)
{
	size_t from = csv->at;

	while (!at_line_end(csv) && csv->content.bytes[csv->at] != ',') {
		if (csv->content.bytes[csv->at] == '"')
			return fault_here(csv, fault, "quotes may only enclose a whole field");
		csv->at++;
	}
	field->value = text_between(csv->content.bytes + from, csv->content.bytes + csv->at);
	return 0;
}

static int fields_take(struct csv *csv, struct csv_field *fields, size_t most,
		       size_t *ret_count, struct csv_fault *fault)
{
	for (size_t count = 0;; csv->at++) {
		struct csv_field *field = &fields[count];
		int r;

		if (count == most)
			return fault_here(csv, fault, "too many columns");
		*field = (struct csv_field){.line = csv->line, .column = column_here(csv)};
		r = !csv_at_end(csv) && csv->content.bytes[csv->at] == '"'
			    ? quoted_take(csv, field, fault)
			    : plain_take(csv, field, fault);
		if (r < 0)
			return r;
		*ret_count = ++count;
		if (at_line_end(csv))
			return 1;
	}
}

int csv_next(struct csv *csv, struct csv_field *fields, size_t most, size_t *ret_count,
	     struct csv_fault *ret_fault)
{
	int r;

	*ret_count = 0;
	if (csv_at_end(csv))
		return 0;
	r = fields_take(csv, fields, most, ret_count, ret_fault);
	line_end_take(csv);
	return r;
}
