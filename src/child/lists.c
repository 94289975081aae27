/* What the rules of a standard name: readers know no standard but by its rules. */
#include "child/child.h"
#include "standard/standard.h"

/* The name and each value, ended by NUL. */
static int tell(struct ipc_channel *reader, const struct standard_list *list, struct err *err)
{
	CLEAN(buffer) struct buffer out;

	buffer_init(&out, IPC_LARGEST);
	buffer_add_text(&out, list->name);
	buffer_add_byte(&out, '\0');
	for (size_t i = 0; i < list->count; i++) {
		buffer_add_text(&out, list->values[i]);
		buffer_add_byte(&out, '\0');
	}
	if (out.failed)
		return err_set(err, ERR_LIMIT, "list %.*s is too long", TEXT_PRINT(list->name));
	return ipc_send(reader, IPC_READER_LIST, buffer_text(&out), TEXT_NONE, -1, err);
}

int child_tell_standard(struct ipc_channel *reader, struct text bundle, struct err *err)
{
	CLEAN(standard) struct standard *standard = NULL;
	int r = standard_parse("standard", bundle, &standard, err);

	for (size_t i = 0; r == 0 && i < standard->list_count; i++)
		r = tell(reader, &standard->lists[i], err);
	return r < 0 ? r : ipc_send(reader, IPC_READER_STANDARD, bundle, TEXT_NONE, -1, err);
}
