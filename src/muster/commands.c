#include "muster/run.h"

enum group {
#define GROUP(identifier, heading) GROUP_##identifier,
#include "muster/groups.def"
#undef GROUP
	GROUP_COUNT
};

const char *const command_groups[] = {
#define GROUP(identifier, heading) heading,
#include "muster/groups.def"
#undef GROUP
};
const size_t command_group_count = GROUP_COUNT;

#define GROUP(identifier, heading) static const char group_##identifier[] = heading;
#include "muster/groups.def"
#undef GROUP

static const struct command commands[] = {
#define COMMAND(identifier, name, group, arguments, least, most, summary)                \
	{ name,                                                                           \
	  group_##group,                                                                  \
	  arguments,                                                                      \
	  least,                                                                          \
	  most,                                                                           \
	  summary,                                                                        \
	  command_##identifier##_options,                                                 \
	  command_##identifier },
#include "muster/commands.def"
#undef COMMAND
};

const struct command_option command_global_options[] = {
	{ "config", 'c', "FILE", 0,
	  "muster.conf of the instance; without it, the file named by MUSTER_CONFIG" },
	{ "format", 0, "FORMAT", 0, "text (the default), csv, or json: one object a line" },
	{ "as", 0, "NAME", 0,
	  "act as this person of the office; without it, as MUSTER_USER says" },
	{ "help", 'h', NULL, 0, "explain the command and do nothing" },
	COMMAND_OPTIONS_END
};

const struct command *command_list(size_t *ret_count)
{
	*ret_count = ARRAY_LENGTH(commands);
	return commands;
}

const struct command *command_find(struct text name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
		if (text_equal(text_of(commands[i].name), name))
			return &commands[i];
	return NULL;
}

bool command_is_group(struct text word)
{
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++) {
		struct text name = text_of(commands[i].name);

		if (name.length > word.length && name.bytes[word.length] == ' ' &&
		    text_starts_with(name, word))
			return true;
	}
	return false;
}

bool command_option_is_own(const struct command *command, const char *name)
{
	for (const struct command_option *o = command->options; o->name; o++)
		if (strcmp(o->name, name) == 0)
			return true;
	return false;
}

static void option_synopsis(const struct command_option *option, struct buffer *out)
{
	bool required = option->flags & COMMAND_REQUIRED;

	buffer_add_format(out, " %s--%s%s%s%s", required ? "" : "[", option->name,
			  option->argument ? " " : "", option->argument ? option->argument : "",
			  required ? "" : "]");
	if (option->flags & COMMAND_REPEATED)
		buffer_add_string(out, "...");
}

void command_synopsis(const struct command *command, struct buffer *out)
{
	buffer_add_format(out, "muster %s", command->name);
	if (*command->arguments)
		buffer_add_format(out, " %s", command->arguments);
	for (const struct command_option *o = command->options; o->name; o++)
		option_synopsis(o, out);
}
