/*
 * The parts of manual pages that follow from tables, in mdoc(7). Only for
 * the build; it is not installed. Each marker in a page, .\" @WORDS@, is
 * replaced by what `muster-document WORDS` says.
 */
#include <stdio.h>

#include "casework/casework.h"
#include "desk/desk.h"
#include "filter/filter.h"
#include "muster/document.h"
#include "muster/queue_words.h"
#include "muster/run.h"

/* A word as mdoc may hold it: "\" and a "." or "'" at the start mean something there. */
static void word_print(struct buffer *out, const char *word)
{
	if (*word == '.' || *word == '\'')
		buffer_add_string(out, "\\&");
	for (; *word; word++) {
		if (*word == '\\')
			buffer_add_string(out, "\\e");
		else if (*word == '-')
			buffer_add_string(out, "\\-");
		else
			buffer_add_byte(out, *word);
	}
}

void document_prose(struct buffer *out, const char *prose)
{
	if (*prose == '.' || *prose == '\'')
		buffer_add_string(out, "\\&");
	for (; *prose; prose++) {
		buffer_add_byte(out, *prose);
		if (*prose == '\\')
			buffer_add_byte(out, 'e');
		else if ((*prose == '.' || *prose == '?') && prose[1] == ' ')
			buffer_add_byte(out, '\n'), prose++;
	}
	buffer_add_byte(out, '\n');
}

void document_sentence(struct buffer *out, const char *prose)
{
	buffer_add_byte(out, is_lower(*prose) ? (char)(*prose - 32) : *prose);
	document_prose(out, prose + 1);
	out->length--;
	buffer_add_string(out, ".\n");
}

/* Arguments such as "CODE/SYSTEM" or "[FILE]...". */
static void arguments_print(struct buffer *out, const char *arguments)
{
	struct text rest = text_of(arguments);

	while (rest.length) {
		struct text word = text_split(&rest, ' ');
		bool optional = word.bytes[0] == '[';
		size_t end = text_find_byte(word, ']');
		struct text name = optional ? text_head(text_skip(word, 1), end - 1) : word;

		bool repeated = optional && end + 1 < word.length;

		buffer_add_format(out, "%s %.*s%s\n",
				  repeated ? ".Oo Ar" : optional ? ".Op Ar" : ".Ar", TEXT_PRINT(name),
				  repeated ? " Oc Ns ..." : "");
	}
}

static void option_synopsis(struct buffer *out, const struct command_option *option)
{
	bool required = option->flags & COMMAND_REQUIRED;
	bool repeated = option->flags & COMMAND_REPEATED;

	buffer_add_format(out, "%s \\-%s%s%s%s\n",
			  required ? ".Fl" : repeated ? ".Oo Fl" : ".Op Fl", option->name,
			  option->argument ? " Ar " : "", option->argument ? option->argument : "",
			  !repeated ? "" : required ? " Ns ..." : " Oc Ns ...");
}

/* Words of the command after the first: "add" of "contractor add". */
static const char *verb_of(const struct command *command)
{
	const char *space = strchr(command->name, ' ');

	return space ? space + 1 : NULL;
}

static void synopsis_print(struct buffer *out, const struct command *command)
{
	struct text rest = text_of(command->name);
	struct text first = text_split(&rest, ' ');

	buffer_add_format(out, ".Nm muster %.*s\n", TEXT_PRINT(first));
	if (rest.length)
		buffer_add_format(out, ".Cm %.*s\n", TEXT_PRINT(rest));
	arguments_print(out, command->arguments);
	for (const struct command_option *o = command->options; o->name; o++)
		option_synopsis(out, o);
}

static void option_print(struct buffer *out, const struct command_option *option)
{
	buffer_add_string(out, ".It");
	if (option->letter)
		buffer_add_format(out, " Fl %c%s%s ,", option->letter,
				  option->argument ? " Ar " : "",
				  option->argument ? option->argument : "");
	buffer_add_format(out, " Fl \\-%s%s%s\n", option->name, option->argument ? " Ar " : "",
			  option->argument ? option->argument : "");
	document_sentence(out, option->meaning);
	if (option->flags & COMMAND_REQUIRED)
		buffer_add_string(out, "It must be given.\n");
	if (option->flags & COMMAND_REPEATED)
		buffer_add_string(out, "It may be given more than once.\n");
}

static void table_print(struct buffer *out, const struct command_option *table)
{
	for (; table->name; table++)
		option_print(out, table);
}

/* The verb's heading, what it does, its options. */
static void command_print_part(struct buffer *out, const struct command *command)
{
	const char *verb = verb_of(command);

	if (verb) {
		buffer_add_format(out, ".It Cm %s\n", verb);
		document_sentence(out, command->summary);
	}
	if (!command->options->name)
		return;
	buffer_add_string(out, ".Bl -tag -width Ds\n");
	table_print(out, command->options);
	buffer_add_string(out, ".El\n");
}

static bool belongs(const struct command *command, struct text page)
{
	struct text rest = text_of(command->name);

	return text_equal(text_split(&rest, ' '), page);
}

typedef void part_function(struct buffer *out, const struct command *command);

static bool each(struct buffer *out, const char *page, part_function *part)
{
	size_t count;
	const struct command *commands = command_list(&count);
	bool any = false;

	for (size_t i = 0; i < count; i++)
		if (belongs(&commands[i], text_of(page))) {
			part(out, &commands[i]);
			any = true;
		}
	return any;
}

/* muster-document synopsis PAGE */
static bool print_synopsis(struct buffer *out, const char *page)
{
	return each(out, page, synopsis_print);
}

/* muster-document options PAGE */
static bool print_options(struct buffer *out, const char *page)
{
	bool group = command_is_group(text_of(page)), any;

	if (group)
		buffer_add_string(out, ".Bl -tag -width Ds\n");
	any = each(out, page, command_print_part);
	if (group)
		buffer_add_string(out, ".El\n");
	return any;
}

/* muster-document global */
static bool print_global(struct buffer *out, const char *page UNUSED)
{
	buffer_add_string(out, ".Bl -tag -width Ds\n");
	table_print(out, command_global_options);
	buffer_add_string(out, ".El\n");
	return true;
}

/* muster-document commands */
static bool print_commands(struct buffer *out, const char *page UNUSED)
{
	size_t count;
	const struct command *commands = command_list(&count);

	for (size_t g = 0; g < command_group_count; g++) {
		bool first = true;

		for (size_t i = 0; i < count; i++) {
			struct text rest = text_of(commands[i].name);
			struct text word = text_split(&rest, ' ');

			if (strcmp(commands[i].group, command_groups[g]) != 0)
				continue;
			if (first)
				buffer_add_format(out, ".Ss %s\n.Bl -tag -width Ds\n", command_groups[g]);
			first = false;
			buffer_add_format(out, ".It Cm %s No (see Xr muster-%.*s 1 )\n",
					  commands[i].name, TEXT_PRINT(word));
			document_sentence(out, commands[i].summary);
		}
		if (!first)
			buffer_add_string(out, ".El\n");
	}
	return true;
}

/* What the rows of a command's tables hold. */
static const struct {
	const char *name;
	const struct report_table *table;
} tables[] = {
#define TABLE(identifier, name) { name, &command_##identifier##_table },
#include "muster/tables.def"
#undef TABLE
};

/* A table of a command, or one of room report's list. NULL: no such. */
static const struct report_table *table_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(tables); i++)
		if (strcmp(tables[i].name, name) == 0)
			return tables[i].table;
	for (int i = 0; i < REPORT_NAME_COUNT; i++)
		if (strcmp(report_describe((enum report_name)i)->name, name) == 0)
			return &report_describe((enum report_name)i)->table;
	return NULL;
}

/* muster-document columns TABLE */
static bool print_columns(struct buffer *out, const char *name)
{
	const struct report_table *table = table_find(name);

	if (!table)
		return false;
	buffer_add_string(out, ".Bl -tag -width Ds -compact\n");
	for (size_t k = 0; k < table->count; k++) {
		buffer_add_format(out, ".It Va %s No ( %s )\n", table->columns[k].key,
				  report_type_name(table->columns[k].type));
		document_sentence(out, table->columns[k].meaning);
	}
	buffer_add_string(out, ".El\n");
	return true;
}

/* muster-document reports */
static bool print_reports(struct buffer *out, const char *page UNUSED)
{
	buffer_add_string(out, ".Bl -tag -width Ds -compact\n");
	for (int i = 0; i < REPORT_NAME_COUNT; i++) {
		const struct report_description *is = report_describe((enum report_name)i);

		if (!*is->audience)
			continue;
		buffer_add_format(out, ".It Xr muster-report-%s 1\n", is->name);
		document_sentence(out, is->title);
	}
	buffer_add_string(out, ".El\n");
	return true;
}

/* muster-document audience REPORT */
static bool print_audience(struct buffer *out, const char *name)
{
	enum report_name which;

	if (!report_find(text_of(name), &which))
		return false;
	buffer_add_format(out, "For %s.\n", report_describe(which)->audience);
	return true;
}

/* muster-document roster */
static bool print_roster(struct buffer *out, const char *page UNUSED)
{
	static const char *const presences[] = { "key, ", "must be given, ", "" };

	for (int i = 0; i < ROSTER_KIND_COUNT; i++) {
		const struct roster_kind_description *kind =
			roster_kind_describe((enum roster_kind)i);
		buffer_add_format(out, ".Ss %s\n", kind->name);
		document_sentence(out, kind->meaning);
		buffer_add_string(out, ".Pp\n.Bl -tag -width Ds -compact\n");
		for (size_t k = 0; k < kind->column_count; k++) {
			const struct roster_column *column = &kind->columns[k];
			buffer_add_format(out, ".It Va %s No ( %s%s )\n", column->name,
					  presences[column->presence],
					  roster_type_name(column->type));
			document_sentence(out, column->meaning);
		}
		buffer_add_string(out, ".El\n");
	}
	return true;
}

/* muster-document types */
static bool print_types(struct buffer *out, const char *page UNUSED)
{
	buffer_add_string(out, ".Bl -tag -width Ds -compact\n");
	for (int i = 0; i < ROSTER_TYPE_COUNT; i++) {
		buffer_add_format(out, ".It %s\n", roster_type_name((enum roster_type)i));
		document_prose(out, roster_type_meaning((enum roster_type)i));
	}
	buffer_add_string(out, ".El\n");
	return true;
}

/* muster-document filter-fields */
static bool print_filter_fields(struct buffer *out, const char *page UNUSED)
{
	buffer_add_string(out, ".Bl -tag -width Ds -compact\n");
	for (int i = 0; i < FILTER_FIELDS; i++) {
		const struct filter_description *field =
			filter_describe((enum filter_field)i);

		buffer_add_format(out, ".It Va %s No (", field->name);
		for (int k = FILTER_EQUAL; k <= FILTER_CONTAINS; k++)
			if (filter_operator_fits(field->kind, (enum filter_operator)k))
				buffer_add_format(out, " %s",
						  filter_operator_name((enum filter_operator)k));
		buffer_add_string(out, " )\n");
		document_sentence(out, field->meaning);
	}
	buffer_add_string(out, ".El\n");
	return true;
}

/* muster-document keys */
static bool print_keys(struct buffer *out, const char *page UNUSED)
{
	size_t count;
	const struct desk_key_words *keys = desk_keys(&count);

	buffer_add_string(out, ".Bl -tag -width Ds -compact\n");
	for (size_t i = 0; i < count; i++) {
		buffer_add_string(out, ".It Sy \"");
		word_print(out, keys[i].keys);
		buffer_add_string(out, " \"\n");
		document_sentence(out, keys[i].does);
	}
	buffer_add_string(out, ".El\n");
	return true;
}

/* muster-document flags */
static bool print_flags(struct buffer *out, const char *page UNUSED)
{
	buffer_add_string(out, ".Bl -tag -width Ds -compact\n");
	for (enum queue_flag flag = 0; flag < QUEUE_FLAGS; flag++) {
		buffer_add_format(out, ".It %s\n", queue_flag_describe(flag)->name);
		document_sentence(out, queue_flag_describe(flag)->meaning);
	}
	buffer_add_string(out, ".El\n");
	return true;
}

/* muster-document errors */
static bool print_errors(struct buffer *out, const char *page UNUSED)
{
	buffer_add_string(out, ".Bl -tag -width Ds\n.It 0\nDone.\n");
	for (int status = 1; status <= 4; status++) {
		bool first = true;

		for (int code = 1; code < ERR_COUNT; code++) {
			const struct err_description *error = err_describe((enum err_code)code);

			if (error->status != status)
				continue;
			if (first)
				buffer_add_format(out, ".It %d\n", status);
			else
				buffer_add_string(out, ".Pp\n");
			first = false;
			document_sentence(out, error->meaning);
			document_prose(out, error->remedy);
		}
	}
	buffer_add_string(out, ".El\n");
	return true;
}

static void option_value_print(struct buffer *out, const struct config_option *option)
{
	switch (option->kind) {
	case CONFIG_KIND_TEXT:
		buffer_add_format(out, "Text; default \\(dq%s\\(dq.\n", option->standard_text);
		return;
	case CONFIG_KIND_BOOL:
		buffer_add_format(out, "true or false; default %s.\n",
				  option->standard_number ? "true" : "false");
		return;
	case CONFIG_KIND_LIST:
		buffer_add_format(out, "List of texts, in parentheses, at most %lld; default none.\n",
				  (long long)option->most);
		return;
	case CONFIG_KIND_SECONDS:
		buffer_add_string(out, "Seconds, or a time such as \\(dq15m\\(dq,");
		break;
	case CONFIG_KIND_SIZE:
		buffer_add_string(out, "Bytes, or a size such as \\(dq64G\\(dq,");
		break;
	case CONFIG_KIND_NUMBER:
		buffer_add_string(out, "Number");
		break;
	}
	buffer_add_format(out, " from %lld to %lld; default %lld.\n", (long long)option->least,
			  (long long)option->most, (long long)option->standard_number);
}

/* muster-document settings */
static bool print_settings(struct buffer *out, const char *page UNUSED)
{
	size_t count;
	const struct config_option *options = config_options(&count);
	const char *section = "";

	for (size_t i = 0; i < count; i++) {
		if (strcmp(section, options[i].section) != 0) {
			buffer_add_format(out, "%s.Ss %s\n", *section ? ".El\n" : "",
					  options[i].section);
			section = options[i].section;
			document_prose(out, config_section_meaning(section));
			buffer_add_string(out, ".Bl -tag -width Ds\n");
		}
		buffer_add_string(out, ".It Va ");
		word_print(out, options[i].name);
		buffer_add_byte(out, '\n');
		document_prose(out, options[i].summary);
		option_value_print(out, &options[i]);
		if (options[i].reloadable)
			buffer_add_string(out, "Heeded on\n.Dv SIGHUP .\n");
	}
	buffer_add_string(out, ".El\n");
	return true;
}

/* muster-document actions */
static bool print_actions(struct buffer *out, const char *page UNUSED)
{
	buffer_add_string(out, ".Bl -tag -width Ds\n");
	for (int i = 0; i < CASEWORK_ACTION_COUNT; i++) {
		const struct casework_action_description *is =
			casework_action_describe((enum casework_action)i);
		struct text rest = text_of(is->needs);

		buffer_add_format(out, ".It Cm %s\n", is->name);
		document_sentence(out, is->summary);
		if (is->reasons != CASEWORK_LIST_NONE)
			buffer_add_format(out, "A reason of the list\n.Dq %s\nmust be given.\n",
					  casework_list_name(is->reasons));
		while (rest.length) {
			struct text word = text_split(&rest, ' ');
			bool may = word.bytes[0] == '[';
			if (may)
				word = text_head(text_skip(word, 1), word.length - 2);
			buffer_add_format(out, "%s\n.Fl \\-%.*s .\n", may ? "Takes" : "Needs",
					  TEXT_PRINT(word));
		}
	}
	buffer_add_string(out, ".El\n");
	return true;
}

/* muster-document reasons */
static bool print_reasons(struct buffer *out, const char *page UNUSED)
{
	static const char *const seconds[] = {
		[CASEWORK_SECOND_NEVER] = "",
		[CASEWORK_SECOND_HIGH] = "Where the severity is high or critical, a second person signs.\n",
		[CASEWORK_SECOND_ALWAYS] = "A second person signs.\n",
		[CASEWORK_SECOND_BY_REASON] = "",
	};
	size_t count;
	const struct casework_reason *reasons = casework_reasons(&count);

	for (int list = CASEWORK_LIST_NONE + 1; list < CASEWORK_LIST_COUNT; list++) {
		buffer_add_format(out, ".Ss Reasons: %s\n.Bl -tag -width Ds -compact\n",
				  casework_list_name((enum casework_list)list));
		for (size_t i = 0; i < count; i++) {
			if ((int)reasons[i].list != list)
				continue;
			buffer_add_string(out, ".It ");
			word_print(out, reasons[i].code);
			buffer_add_byte(out, '\n');
			document_sentence(out, reasons[i].meaning);
			if (reasons[i].text)
				buffer_add_string(out, "Needs\n.Fl \\-note .\n");
			buffer_add_string(out, seconds[reasons[i].second]);
		}
		buffer_add_string(out, ".El\n");
	}
	return true;
}

/* "S, I"; "none" */
static void verbs_add(struct buffer *out, const char *who, const char *verbs)
{
	buffer_add_format(out, "%s: ", who);
	for (const char *verb = verbs; *verb; verb++) {
		const char *name = *verb == 'S' ? "select" : *verb == 'I' ? "insert" :
				   *verb == 'U' ? "update" : *verb == 'D' ? "delete" :
				   *verb == 'T' ? "truncate" : *verb == 'X' ? "call" :
				   *verb == 'i' ? "insert some columns" : "update some columns";
		buffer_add_format(out, "%s%s", verb == verbs ? "" : ", ", name);
	}
	buffer_add_string(out, *verbs ? "" : "nothing");
}

/* muster-document rights tables, muster-document rights functions */
static bool print_rights(struct buffer *out, const char *kind)
{
	size_t count;
	const struct store_right *rights = store_rights(&count);
	bool functions = strcmp(kind, "functions") == 0;

	buffer_add_string(out, ".Bl -tag -width Ds -compact\n");
	for (size_t i = 0; i < count; i++) {
		if ((rights[i].kind == STORE_RIGHT_FUNCTION) != functions)
			continue;
		buffer_add_format(out, ".It Va %s\n", rights[i].name);
		document_sentence(out, rights[i].meaning);
		verbs_add(out, "Daemon", rights[i].daemon);
		verbs_add(out, "; people", rights[i].people);
		verbs_add(out, "; auditors", rights[i].auditor);
		buffer_add_string(out, ".\n");
	}
	buffer_add_string(out, ".El\n");
	return functions || strcmp(kind, "tables") == 0;
}

/* muster-document rows TABLE: for migrations */
static bool print_rows(struct buffer *out, const char *table)
{
	return casework_rows(table, out);
}

static const struct {
	const char *word;
	bool (*print)(struct buffer *out, const char *page);
} parts[] = {
	{ "synopsis", print_synopsis }, { "options", print_options },
	{ "global", print_global },	{ "commands", print_commands },
	{ "errors", print_errors },	{ "settings", print_settings },
	{ "columns", print_columns },	{ "reports", print_reports },
	{ "audience", print_audience }, { "roster", print_roster },
	{ "types", print_types },	{ "rows", print_rows },
	{ "rights", print_rights },	{ "keys", print_keys },
	{ "flags", print_flags },
	{ "filter-fields", print_filter_fields },
	{ "actions", print_actions },	{ "reasons", print_reasons },
	{ "process", document_process },
};

int main(int argc, char **argv)
{
	CLEAN(buffer) struct buffer out, name;

	buffer_init(&out, (size_t)1 << 20);
	buffer_init(&name, 4096);
	buffer_add_string(&name, argc > 2 ? argv[2] : "");
	for (int i = 3; i < argc; i++)
		buffer_add_format(&name, " %s", argv[i]);
	for (size_t i = 0; argc > 1 && i < ARRAY_LENGTH(parts); i++)
		if (strcmp(parts[i].word, argv[1]) == 0 && parts[i].print(&out, name.data) &&
		    !out.failed)
			return file_write_fully(1, out.data, out.length) < 0 ? 4 : 0;
	fprintf(stderr, "muster-document: nothing is called \"%s %s\"\n",
		argc > 1 ? argv[1] : "", name.data);
	return 2;
}
