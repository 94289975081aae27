/* The lists as rows of the tables in which the database has them. */
#include "casework/casework.h"

#include <stdarg.h>
#include <stdio.h>

static void quoted_add(struct buffer *out, const char *value)
{
	buffer_add_byte(out, '\'');
	for (; *value; value++)
		buffer_add_format(out, *value == '\'' ? "\'\'" : "%c", *value);
	buffer_add_byte(out, '\'');
}

/* One row: a "q" of columns is a text (NULL: none), a "n" a number, a "b" a truth. */
static void row_add(struct buffer *out, const char *columns, ...)
{
	va_list list;

	va_start(list, columns);
	buffer_add_string(out, out->length && out->data[out->length - 1] == ')' ? ",\n\t(" : "\t(");
	for (const char *c = columns; *c; c++) {
		const char *value = *c == 'q' ? va_arg(list, const char *) : NULL;
		int number = *c == 'q' ? 0 : va_arg(list, int);

		buffer_add_string(out, c == columns ? "" : ", ");
		if (*c == 'n')
			buffer_add_format(out, "%d", number);
		else if (*c == 'b')
			buffer_add_string(out, number ? "true" : "false");
		else if (value)
			quoted_add(out, value);
		else
			buffer_add_string(out, "NULL");
	}
	va_end(list);
	buffer_add_byte(out, ')');
}

/* {word,word} of those words of a list that stand, or do not stand, in brackets. */
static const char *words_array(const char *words, bool bracketed, char array[256])
{
	struct text rest = text_of(words);
	size_t length = 1;

	array[0] = '{';
	while (rest.length) {
		struct text word = text_split(&rest, ' ');
		if ((word.bytes[0] == '[') != bracketed)
			continue;
		if (bracketed)
			word = text_head(text_skip(word, 1), word.length - 2);
		length += (size_t)snprintf(array + length, 256 - length, "%s%.*s",
					   length > 1 ? "," : "", TEXT_PRINT(word));
	}
	snprintf(array + length, 256 - length, "}");
	return array;
}

static void transition_add(struct buffer *out, const struct casework_transition *is)
{
	char roles[256];
	size_t length = 0;

	for (int role = 0; role < CASEWORK_ROLE_COUNT; role++)
		if (is->who >> role & 1)
			length += (size_t)snprintf(roles + length, sizeof(roles) - length, "%c%s",
				length ? ',' : '{', casework_role_describe((enum casework_role)role)->name);
	snprintf(roles + length, sizeof(roles) - length, "}");
	row_add(out, "qqqqqq", casework_state_describe(is->from)->name,
		casework_action_describe(is->action)->name, casework_state_describe(is->to)->name,
		roles, casework_second_name(is->second), casework_by_name(is->by));
}

static void transitions_add(struct buffer *out)
{
	struct casework_transition is;

	for (int state = 0; state < CASEWORK_STATE_COUNT; state++)
		for (int action = 0; action < CASEWORK_ACTION_COUNT; action++)
			if (casework_transition((enum casework_state)state,
						(enum casework_action)action, &is))
				transition_add(out, &is);
}

static void states_add(struct buffer *out)
{
	for (int i = 0; i < CASEWORK_STATE_COUNT; i++) {
		const struct casework_state_description *is =
			casework_state_describe((enum casework_state)i);
		row_add(out, "qqqq", is->name, is->clock == CASEWORK_CLOCK_NONE ? NULL :
			casework_clock_describe(is->clock)->name, casework_counts_name(is->counts),
			is->meaning);
	}
}

static void actions_add(struct buffer *out)
{
	for (int i = 0; i < CASEWORK_ACTION_COUNT; i++) {
		const struct casework_action_description *is =
			casework_action_describe((enum casework_action)i);
		char needs[256], may[256];
		row_add(out, "qqqqq", is->name, casework_list_name(is->reasons),
			words_array(is->needs, false, needs), words_array(is->needs, true, may),
			is->summary);
	}
}

static void reasons_add(struct buffer *out)
{
	size_t count;
	const struct casework_reason *reasons = casework_reasons(&count);

	for (size_t i = 0; i < count; i++) {
		const char *needs = NULL;
		for (int k = 0; k < CASEWORK_ARGUMENT_COUNT; k++) {
			const struct casework_argument_description *argument =
				casework_argument_describe((enum casework_argument)k);
			if (strcmp(argument->reason, reasons[i].code) == 0)
				needs = argument->name;
		}
		row_add(out, "qqbbqqq", reasons[i].code, casework_list_name(reasons[i].list),
			reasons[i].text, reasons[i].told, casework_second_name(reasons[i].second),
			needs, reasons[i].meaning);
	}
}

static void roles_add(struct buffer *out)
{
	for (int i = 0; i < CASEWORK_ROLE_COUNT; i++) {
		const struct casework_role_description *is =
			casework_role_describe((enum casework_role)i);
		row_add(out, "qqq", is->name, is->postgres, is->meaning);
	}
}

static void clocks_add(struct buffer *out)
{
	for (int i = 0; i < CASEWORK_CLOCK_COUNT; i++) {
		const struct casework_clock_description *is =
			casework_clock_describe((enum casework_clock)i);
		row_add(out, "qqqnnqnq", is->name, is->party, is->unit, is->amount, is->amount_high,
			is->meaning, is->longest, *is->setting ? is->setting : NULL);
	}
}

static void sanctions_add(struct buffer *out)
{
	size_t count;
	const struct casework_sanction *sanctions = casework_sanctions(&count);

	for (size_t i = 0; i < count; i++)
		row_add(out, "nqqq", sanctions[i].step, sanctions[i].code, sanctions[i].title,
			sanctions[i].entitles);
}

static void duties_add(struct buffer *out)
{
	for (int i = 0; i < CASEWORK_DUTY_COUNT; i++) {
		const struct casework_duty_description *is =
			casework_duty_describe((enum casework_duty)i);
		row_add(out, "qqqqnqbqq", is->name, casework_moment_describe(is->base)->name,
			is->met == CASEWORK_MOMENT_NONE ? NULL : casework_moment_describe(is->met)->name,
			casework_unit_name(is->unit), (int)is->amount, *is->setting ? is->setting : NULL,
			is->keep, is->citation, is->meaning);
	}
}

bool casework_rows(const char *table, struct buffer *out)
{
	static const struct {
		const char *table;
		void (*add)(struct buffer *out);
	} lists[] = {
		{ "role", roles_add },	       { "clock_rule", clocks_add },
		{ "state", states_add },       { "action", actions_add },
		{ "reason", reasons_add },     { "sanction", sanctions_add },
		{ "transition", transitions_add }, { "duty_rule", duties_add },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(lists); i++)
		if (strcmp(table, lists[i].table) == 0) {
			lists[i].add(out);
			buffer_add_string(out, ";\n");
			return true;
		}
	return false;
}
