#include "muster/run.h"

const struct command_option command_completion_options[] = { COMMAND_OPTIONS_END };

/* First words, each once, or the second words that follow one of them. */
static void words_add(struct text first, struct buffer *out)
{
	size_t count;
	const struct command *commands = command_list(&count);
	struct text last = TEXT_NONE;

	for (size_t i = 0; i < count; i++) {
		struct text rest = text_of(commands[i].name);
		struct text word = text_split(&rest, ' ');

		if (first.length && text_equal(word, first) && rest.length)
			buffer_add_format(out, " %.*s", TEXT_PRINT(rest));
		if (!first.length && !text_equal(word, last))
			buffer_add_format(out, " %.*s", TEXT_PRINT(word));
		last = word;
	}
}

static void options_add(const struct command_option *table, struct buffer *out)
{
	for (; table->name; table++)
		buffer_add_format(out, " --%s", table->name);
}

static void verbs_print(struct buffer *out)
{
	size_t count;
	const struct command *commands = command_list(&count);
	struct text last = TEXT_NONE;

	for (size_t i = 0; i < count; i++) {
		struct text rest = text_of(commands[i].name);
		struct text word = text_split(&rest, ' ');

		if (rest.length && !text_equal(word, last)) {
			buffer_add_format(out, "\t%.*s) words=\"", TEXT_PRINT(word));
			words_add(word, out);
			buffer_add_string(out, "\" ;;\n");
		}
		last = word;
	}
}

static void cases_print(struct buffer *out)
{
	size_t count;
	const struct command *commands = command_list(&count);

	for (size_t i = 0; i < count; i++) {
		buffer_add_format(out, "\t\"%s\") words=\"", commands[i].name);
		options_add(commands[i].options, out);
		options_add(command_global_options, out);
		buffer_add_string(out, "\" ;;\n");
	}
}

int command_completion(struct command_run *run, struct err *err)
{
	CLEAN(buffer) struct buffer out = { 0 };

	if (strcmp(command_argument(run, 0), "bash") != 0)
		return err_set(err, ERR_USAGE, "there is a completion for bash only");
	buffer_init(&out, (size_t)1 << 20);
	buffer_add_string(&out,
			  "# Completion of muster for bash; made by: muster completion bash\n"
			  "_muster() {\n"
			  "\tlocal word=${COMP_WORDS[COMP_CWORD]} words= i command=() name\n"
			  "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
			  "\t\tcase ${COMP_WORDS[i]} in\n"
			  "\t\t-c|--config|--format) ((i++)) ;;\n"
			  "\t\t-*) ;;\n"
			  "\t\t*) command+=(\"${COMP_WORDS[i]}\") ;;\n"
			  "\t\tesac\n"
			  "\tdone\n"
			  "\tcase ${COMP_WORDS[COMP_CWORD-1]} in\n"
			  "\t--format) COMPREPLY=($(compgen -W \"text csv json\" -- \"$word\")); return ;;\n"
			  "\t-c|--config) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n"
			  "\tesac\n"
			  "\tif [[ ${#command[@]} -eq 0 ]]; then\n"
			  "\t\tCOMPREPLY=($(compgen -W \"");
	words_add(TEXT_NONE, &out);
	buffer_add_string(&out, "\" -- \"$word\")); return\n"
				"\tfi\n"
				"\tif [[ ${#command[@]} -eq 1 ]]; then case ${command[0]} in\n");
	verbs_print(&out);
	buffer_add_string(&out, "\tesac; fi\n"
				"\tname=${command[*]:0:2}\n"
				"\t[[ -n $words ]] || for name in \"${command[*]:0:2}\" \"${command[0]}\"; do\n"
				"\tcase $name in\n");
	cases_print(&out);
	buffer_add_string(&out, "\tesac\n"
				"\t[[ -z $words ]] || break\n"
				"\tdone\n"
				"\tif [[ $word == -* || ${#command[@]} -eq 1 && -n $words ]]; then\n"
				"\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
				"\telse\n"
				"\t\tCOMPREPLY=($(compgen -f -- \"$word\"))\n"
				"\tfi\n"
				"}\n"
				"complete -F _muster muster\n");
	if (out.failed)
		return err_set(err, ERR_MEMORY, "out of memory");
	return command_write(run, buffer_text(&out), err);
}
