#include "muster/run.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static void tell(const struct err *err)
{
	CLEAN(buffer) struct buffer line;

	buffer_init(&line, 65536);
	buffer_add_string(&line, "muster: ");
	buffer_add_escaped(&line, text_of(err->text), 4096);
	buffer_add_byte(&line, '\n');
	if (file_write_fully(STDERR_FILENO, line.data, line.length) < 0)
		return;
}

static int perform(struct command_run *run, int argc, char **argv, struct err *err)
{
	int r = command_line_parse(run, argc, argv, err);

	if (r < 0)
		return r;
	if (command_has(run, "help"))
		return command_help_about(run, run->command, err);
	return run->command->function(run, err);
}

int main(int argc, char **argv)
{
	static struct command_run run;
	struct err err = { 0 }, late = { 0 };
	int status;

	signal(SIGPIPE, SIG_IGN);
	if (command_run_init(&run, &err) < 0) {
		tell(&err);
		return err_exit_status(err.code);
	}
	status = perform(&run, argc, argv, &err) < 0 ? err_exit_status(err.code) : 0;
	if (command_run_finish(&run, &late) < 0 && status == 0) {
		err = late;
		status = err_exit_status(err.code);
	}
	if (run.reader_gone)
		status = 0;
	else if (status != 0 && *err.text)
		tell(&err);
	if (status == 2 && run.command)
		fprintf(stderr, "muster: see: muster help %s\n", run.command->name);
	command_run_done(&run);
	return status;
}
