#include "muster/run.h"

#include <stdio.h>

#define HELP_WIDTH 80

const struct command_option command_help_options[] = { COMMAND_OPTIONS_END };
const struct command_option command_version_options[] = { COMMAND_OPTIONS_END };

/* "  -c, --config FILE", then what it means, indented. */
static void option_print(const struct command_option *option, struct buffer *out)
{
	if (option->letter)
		buffer_add_format(out, "  -%c, --%s", option->letter, option->name);
	else
		buffer_add_format(out, "  --%s", option->name);
	if (option->argument)
		buffer_add_format(out, " %s", option->argument);
	if (option->flags & COMMAND_REQUIRED)
		buffer_add_string(out, " (required)");
	if (option->flags & COMMAND_REPEATED)
		buffer_add_string(out, " (may be repeated)");
	buffer_add_byte(out, '\n');
	report_wrap(out, text_of(option->meaning), HELP_WIDTH, 6, true);
}

static void options_print(const struct command_option *table, struct buffer *out)
{
	for (; table->name; table++)
		option_print(table, out);
}

/* The page of "contractor add" is muster-contractor(1). */
static void page_print(const struct command *command, struct buffer *out)
{
	struct text rest = text_of(command->name);
	struct text first = text_split(&rest, ' ');

	buffer_add_format(out, "\nThe whole story: man muster-%.*s\n", TEXT_PRINT(first));
}

static void command_explain(const struct command *command, struct buffer *out)
{
	CLEAN(buffer) struct buffer synopsis;

	buffer_init(&synopsis, 65536);
	buffer_add_string(&synopsis, "usage: ");
	command_synopsis(command, &synopsis);
	report_wrap(out, buffer_text(&synopsis), HELP_WIDTH, 8, false);
	buffer_add_format(out, "\n%c%s.\n", command->summary[0] - ('a' - 'A'),
			  command->summary + 1);
	if (command->options->name) {
		buffer_add_string(out, "\nOptions:\n");
		options_print(command->options, out);
	}
	buffer_add_string(out, "\nOptions of every command:\n");
	for (const struct command_option *o = command_global_options; o->name; o++)
		if (!command_option_is_own(command, o->name))
			option_print(o, out);
	page_print(command, out);
}

static void list_print(const struct command *commands, size_t count, const char *group,
		       struct buffer *out)
{
	bool first = true;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(commands[i].group, group) != 0)
			continue;
		if (first)
			buffer_add_format(out, "\n%s\n", group);
		first = false;
		buffer_add_format(out, "  %-18s %s\n", commands[i].name, commands[i].summary);
	}
}

static void everything_explain(struct buffer *out)
{
	size_t count;
	const struct command *commands = command_list(&count);

	buffer_add_string(out, "muster COMMAND [ARGUMENT]... [OPTION]...\n\n"
			       "Holds contractors to account for the secrets they handle.\n");
	for (size_t i = 0; i < command_group_count; i++)
		list_print(commands, count, command_groups[i], out);
	buffer_add_string(out, "\nOptions of every command:\n");
	options_print(command_global_options, out);
	buffer_add_string(out, "  --version\n      say which version this is\n\n"
			       "One command: muster help COMMAND.  The whole story: man muster\n");
}

/* Every command that begins with a word: "contractor". */
static void verbs_explain(struct text word, struct buffer *out)
{
	size_t count;
	const struct command *commands = command_list(&count);

	for (size_t i = 0; i < count; i++) {
		struct text rest = text_of(commands[i].name);
		CLEAN(buffer) struct buffer synopsis = { 0 };

		if (!text_equal(text_split(&rest, ' '), word))
			continue;
		buffer_init(&synopsis, 65536);
		command_synopsis(&commands[i], &synopsis);
		report_wrap(out, buffer_text(&synopsis), HELP_WIDTH, 8, false);
		report_wrap(out, text_of(commands[i].summary), HELP_WIDTH, 4, true);
	}
	buffer_add_format(out, "\nOne of them: muster help %.*s VERB.  The whole story: man muster-%.*s\n",
			  TEXT_PRINT(word), TEXT_PRINT(word));
}

static int output(struct command_run *run, struct buffer *out, struct err *err)
{
	if (out->failed)
		return err_set(err, ERR_MEMORY, "out of memory");
	return command_write(run, buffer_text(out), err);
}

int command_help_about(struct command_run *run, const struct command *command,
		       struct err *err)
{
	CLEAN(buffer) struct buffer out;

	buffer_init(&out, (size_t)1 << 20);
	if (strcmp(command->name, "help") == 0)
		everything_explain(&out);
	else
		command_explain(command, &out);
	return output(run, &out, err);
}

int command_help(struct command_run *run, struct err *err)
{
	CLEAN(buffer) struct buffer out;
	const char *first = command_argument(run, 0), *second = command_argument(run, 1);
	const struct command *command;
	char name[128];

	buffer_init(&out, (size_t)1 << 20);
	if (!first) {
		everything_explain(&out);
		return output(run, &out, err);
	}
	snprintf(name, sizeof(name), "%s%s%s", first, second ? " " : "", second ? second : "");
	command = command_find(text_of(name));
	if (command)
		command_explain(command, &out);
	else if (!second && command_is_group(text_of(first)))
		verbs_explain(text_of(first), &out);
	else
		return err_set(err, ERR_USAGE, "there is no command \"%s\"", name);
	return output(run, &out, err);
}

int command_version(struct command_run *run, struct err *err)
{
	return command_print(run, err, "muster %s\n", MUSTER_VERSION);
}
