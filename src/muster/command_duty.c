/* muster duty: record a moment from which a contractor's duties follow. */
#include "casework/casework.h"
#include "muster/command.h"

int command_duty(struct command_run *run, struct err *err);

const struct command_option command_duty_options[] = {
	{ "at", 0, "TIME", COMMAND_REQUIRED, "when it was" },
	{ "number", 0, "TEXT", 0, "number that the report, status or assessment was given" },
	{ "note", 0, "TEXT", 0, "words for the record" },
	COMMAND_OPTIONS_END
};

/* What the moment set going and what it met, in a sentence. */
static void describe(enum casework_moment moment, struct buffer *out)
{
	const char *separator = ": ";

	for (int i = 0; i < CASEWORK_DUTY_COUNT; i++) {
		const struct casework_duty_description *is =
			casework_duty_describe((enum casework_duty)i);
		bool begins = is->base == moment, meets = is->met == moment;

		if (!begins && !meets)
			continue;
		buffer_add_format(out, "%s%s %s", separator, is->name,
				  begins && meets ? "is met, and begins again" :
				  begins	  ? "begins" :
						    "is met");
		separator = ", ";
	}
}

int command_duty(struct command_run *run, struct err *err)
{
	const char *code = command_argument(run, 0), *name = command_argument(run, 1);
	CLEAN(buffer) struct buffer follows;
	enum casework_moment moment;
	struct pg *pg;
	int64_t at;
	int r;

	buffer_init(&follows, 4096);
	if (!casework_moment_find(text_of(name), &moment))
		return err_set(err, ERR_USAGE, "\"%s\" is no moment: see muster-process(7)", name);
	r = command_option_moment(run, "at", &at, err);
	if (r >= 0)
		r = command_store_person(run, &pg, NULL, err);
	if (r >= 0)
		r = store_duty_record(pg, code, name, at, command_option(run, "number"),
				      command_option(run, "note"), err);
	if (r < 0)
		return r;
	describe(moment, &follows);
	return command_say(run, err, "%s: %s%s\n", code, name, follows.data ? follows.data : "");
}
