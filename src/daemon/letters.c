/* Letters to contractors: from the writer into notices. */
#include "daemon/parts.h"

static int write_both(struct daemon *daemon, const struct ipc_letter *letter, struct text text,
		      struct text json, struct err *err)
{
	char name[IPC_NAME + 8];
	int r;

	snprintf(name, sizeof(name), "%s.txt", letter->name);
	r = spool_notice_write(daemon->spool, letter->contractor, name, text, err);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "%s.json", letter->name);
	return spool_notice_write(daemon->spool, letter->contractor, name, json, err);
}

int letter_write(struct daemon *daemon, const struct ipc_frame *frame, struct err *err)
{
	const struct ipc_letter *head = ipc_payload(frame, sizeof(*head));
	struct text rest = text_skip(frame->payload, sizeof(*head));
	struct err failure = { 0 };

	if (!head || head->text_length > rest.length || !spool_code_valid(ipc_member(head->contractor)) ||
	    !ipc_member(head->name).length || strchr(head->name, '/'))
		return err_set(err, ERR_PROTOCOL, "a letter is not whole");
	struct ipc_letter letter = *head;
	letter.written = write_both(daemon, &letter, text_head(rest, letter.text_length),
				    text_skip(rest, letter.text_length), &failure) == 0;
	crash_point("letter-written");
	if (!letter.written) {
		daemon_progress_clear(daemon);
		log_error("contractor %s: %s: %s; it is tried again", letter.contractor,
			  letter.name, failure.text);
	} else {
		log_info("%s %s: left", letter.contractor, letter.name);
	}
	supervisor_tell_writer(daemon, IPC_WRITER_LETTER_WRITTEN, TEXT_OF_STRUCT(letter), TEXT_NONE);
	return 0;
}
