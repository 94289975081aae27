#include "muster/run.h"

/* Which option is meant ---------------------------------------------------------- */

static const struct command_option *option_in(const struct command_option *table,
					      struct text name, char letter)
{
	for (; table && table->name; table++)
		if (letter ? table->letter == letter : text_equal(text_of(table->name), name))
			return table;
	return NULL;
}

static const struct command_option *option_find(const struct command *command,
						struct text name, char letter)
{
	const struct command_option *option =
		option_in(command ? command->options : NULL, name, letter);

	return option ? option : option_in(command_global_options, name, letter);
}

static int give(struct command_run *run, const struct command_option *option,
		const char *value, struct err *err)
{
	bool repeated = option->flags & COMMAND_REPEATED;

	for (size_t i = 0; !repeated && option->argument && i < run->given_count; i++)
		if (run->given[i].option == option)
			return err_set(err, ERR_USAGE, "--%s is given twice", option->name);
	if (run->given_count >= COMMAND_GIVEN_MOST)
		return err_set(err, ERR_USAGE, "too many options");
	run->given[run->given_count++] = (struct command_given){ option, value };
	return 0;
}

/*
 * One option at argv[*at], which begins with "-"; *at moves over its value
 * where that is a word of its own.
 */
static int take_option(struct command_run *run, int argc, char **argv, int *at,
		       struct err *err)
{
	const char *word = argv[*at];
	bool is_long = word[1] == '-';
	struct text name = text_of(is_long ? word + 2 : word + 1);
	size_t equals = is_long ? text_find_byte(name, '=') : name.length;
	const struct command_option *option;
	const char *value = NULL;

	if (is_long && equals < name.length) {
		value = name.bytes + equals + 1;
		name = text_head(name, equals);
	} else if (!is_long && name.length > 1) {
		value = word + 2;
	}
	option = option_find(run->command, name, is_long ? 0 : word[1]);
	if (!option)
		return err_set(err, ERR_USAGE, "there is no option %s%.*s",
			       is_long ? "--" : "-", is_long ? (int)name.length : 1, name.bytes);
	if (!option->argument) {
		if (value)
			return err_set(err, ERR_USAGE, "--%s takes no value", option->name);
		return give(run, option, "", err);
	}
	if (!value && *at + 1 < argc)
		value = argv[++*at];
	if (!value)
		return err_set(err, ERR_USAGE, "--%s needs a value: %s", option->name,
			       option->argument);
	return give(run, option, value, err);
}

/* Which command is meant ---------------------------------------------------------- */

/* Letters to be changed, added or left out to make one text of the other. */
static size_t distance(struct text a, struct text b)
{
	size_t row[32];

	if (a.length >= ARRAY_LENGTH(row) || b.length >= ARRAY_LENGTH(row))
		return SIZE_MAX;
	for (size_t k = 0; k <= b.length; k++)
		row[k] = k;
	for (size_t i = 1; i <= a.length; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t k = 1; k <= b.length; k++) {
			size_t change = corner + (a.bytes[i - 1] != b.bytes[k - 1]);
			size_t least = row[k] < row[k - 1] ? row[k] + 1 : row[k - 1] + 1;

			corner = row[k];
			row[k] = change < least ? change : least;
		}
	}
	return row[b.length];
}

static int command_unknown(const char *word, struct err *err)
{
	size_t count, best = 3;
	const struct command *commands = command_list(&count);
	struct text nearest = TEXT_NONE;

	for (size_t i = 0; i < count; i++) {
		struct text rest = text_of(commands[i].name);
		struct text first = text_split(&rest, ' ');
		size_t d = distance(text_of(word), first);

		if (d < best) {
			best = d;
			nearest = first;
		}
	}
	if (nearest.length)
		return err_set(err, ERR_USAGE, "there is no command \"%s\"; did you mean \"%.*s\"?",
			       word, TEXT_PRINT(nearest));
	return err_set(err, ERR_USAGE, "there is no command \"%s\"; see muster help", word);
}

static int verb_missing(const char *word, const char *verb, struct err *err)
{
	CLEAN(buffer) struct buffer list;
	size_t count, length = strlen(word);
	const struct command *commands = command_list(&count);

	buffer_init(&list, 4096);
	for (size_t i = 0; i < count; i++)
		if (strncmp(commands[i].name, word, length) == 0 &&
		    commands[i].name[length] == ' ')
			buffer_add_format(&list, "%s%s", list.length ? ", " : "",
					  commands[i].name + length + 1);
	if (verb)
		return err_set(err, ERR_USAGE, "\"%s %s\" is no command; after %s comes one of: %s",
			       word, verb, word, list.data);
	return err_set(err, ERR_USAGE, "after \"%s\" comes one of: %s", word, list.data);
}

/* The command that begins at argv[*at], and *at moved over its words. */
static int take_command(struct command_run *run, int argc, char **argv, int *at,
			struct err *err)
{
	const char *word = argv[*at];
	const char *verb = *at + 1 < argc ? argv[*at + 1] : NULL;

	if (command_is_group(text_of(word))) {
		char both[128];

		if (!verb || *verb == '-')
			return verb_missing(word, NULL, err);
		snprintf(both, sizeof(both), "%s %s", word, verb);
		run->command = command_find(text_of(both));
		if (!run->command)
			return verb_missing(word, verb, err);
		*at += 2;
		return 0;
	}
	run->command = command_find(text_of(word));
	if (!run->command)
		return command_unknown(word, err);
	*at += 1;
	return 0;
}

/* The whole line --------------------------------------------------------------------- */

static int check_required(const struct command_run *run, struct err *err)
{
	const struct command *command = run->command;

	for (const struct command_option *o = command->options; o->name; o++)
		if ((o->flags & COMMAND_REQUIRED) && !command_option(run, o->name))
			return err_set(err, ERR_USAGE, "%s needs --%s %s", command->name, o->name,
				       o->argument);
	if (run->argument_count < command->least)
		return err_set(err, ERR_USAGE, "%s needs: %s", command->name,
			       command->arguments);
	if (run->argument_count > command->most)
		return err_set(err, ERR_USAGE, "%s does not take \"%s\"", command->name,
			       run->arguments[command->most]);
	return 0;
}

static int take_format(struct command_run *run, struct err *err)
{
	const struct command_option *own = option_in(run->command->options, TEXT("format"), 0);
	const char *format = own ? NULL : command_option(run, "format");

	if (format && !report_format_from_name(text_of(format), &run->format))
		return err_set(err, ERR_USAGE, "--format is text, csv or json, not \"%s\"", format);
	return 0;
}

int command_line_parse(struct command_run *run, int argc, char **argv, struct err *err)
{
	bool options_end = false;
	int r = 0;

	run->arguments = arena_get_many(run->arena, (size_t)argc, sizeof(run->arguments[0]));
	if (!run->arguments)
		return err_set(err, ERR_MEMORY, "out of memory");
	for (int at = 1; r == 0 && at < argc;) {
		const char *word = argv[at];

		if (!run->command && strcmp(word, "--version") == 0) {
			run->command = command_find(TEXT("version"));
			return 0;
		}
		if (!options_end && strcmp(word, "--") == 0) {
			options_end = true;
			at++;
		} else if (!options_end && word[0] == '-' && word[1]) {
			r = take_option(run, argc, argv, &at, err);
			at++;
		} else if (!run->command) {
			r = take_command(run, argc, argv, &at, err);
		} else {
			run->arguments[run->argument_count++] = word;
			at++;
		}
	}
	if (r < 0)
		return r;
	if (!run->command)
		run->command = command_find(TEXT("help"));
	r = take_format(run, err);
	if (r < 0 || command_has(run, "help"))
		return r;
	return check_required(run, err);
}

/* Asking for what was given ------------------------------------------------------------ */

const char *command_option(const struct command_run *run, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < run->given_count; i++)
		if (strcmp(run->given[i].option->name, name) == 0)
			value = run->given[i].value;
	return value;
}

bool command_has(const struct command_run *run, const char *name)
{
	return command_option(run, name) != NULL;
}

const char *command_option_at(const struct command_run *run, const char *name, size_t index)
{
	for (size_t i = 0; i < run->given_count; i++)
		if (strcmp(run->given[i].option->name, name) == 0 && index-- == 0)
			return run->given[i].value;
	return NULL;
}

int command_option_number(const struct command_run *run, const char *name, int64_t least,
			  int64_t most, int64_t *ret_number, struct err *err)
{
	const char *value = command_option(run, name);
	int64_t number;

	if (!value)
		return 0;
	if (!text_to_i64(text_of(value), &number) || number < least || number > most)
		return err_set(err, ERR_USAGE, "--%s must be a number from %lld to %lld", name,
			       (long long)least, (long long)most);
	*ret_number = number;
	return 1;
}

int command_option_moment(const struct command_run *run, const char *name,
			  int64_t *ret_moment, struct err *err)
{
	const char *value = command_option(run, name);
	char day[32];

	if (!value)
		return 0;
	if (strlen(value) == 10 && snprintf(day, sizeof(day), "%sT00:00:00Z", value) > 0 &&
	    calendar_from_rfc3339(text_of(day), ret_moment))
		return 1;
	if (calendar_from_rfc3339(text_of(value), ret_moment))
		return 1;
	return err_set(err, ERR_USAGE,
		       "--%s must be a day (2026-03-01) or a moment with its zone (2026-03-01T12:00:00Z)",
		       name);
}

int command_option_duration(const struct command_run *run, const char *name,
			    int64_t *ret_seconds, struct err *err)
{
	const char *value = command_option(run, name);

	if (!value)
		return 0;
	if (!calendar_duration(text_of(value), ret_seconds))
		return err_set(err, ERR_USAGE, "--%s must be a length of time such as 15m, 1h or 30d",
			       name);
	return 1;
}

size_t command_arguments(const struct command_run *run)
{
	return run->argument_count;
}

const char *command_argument(const struct command_run *run, size_t index)
{
	return index < run->argument_count ? run->arguments[index] : NULL;
}

enum report_format command_format(const struct command_run *run)
{
	return run->format;
}
