#include "muster/roster_file.h"

#include <stdlib.h>

struct reading {
	struct roster_file *file;
	roster_file_fault_function *fault;
	void *context;
};

static int kind_of(const char *path, enum roster_kind *ret_kind, struct err *err)
{
	const char *slash = strrchr(path, '/');
	struct text name = text_of(slash ? slash + 1 : path);
	CLEAN(buffer) struct buffer kinds;

	buffer_init(&kinds, 4096);
	name = text_head(name, text_find_byte(name, '.'));
	if (roster_kind_from_name(name, ret_kind))
		return 0;
	for (int i = 0; i < ROSTER_KIND_COUNT; i++)
		buffer_add_format(&kinds, " %s", roster_kind_describe((enum roster_kind)i)->name);
	return err_set(err, ERR_USAGE,
		       "%s: the name must begin with a kind of the roster and a full stop, as persons.csv; the kinds are%s",
		       path, kinds.data ? kinds.data : "");
}

static int take_row(void *context, const struct roster_row *row, struct err *err)
{
	struct roster_file *file = ((struct reading *)context)->file;

	if (file->row_count == file->row_room) {
		size_t room = file->row_room ? 2 * file->row_room : 256;
		struct roster_row *more = reallocarray(file->rows, room, sizeof(*more));
		if (!more)
			return err_set(err, ERR_MEMORY, "%s: out of memory", file->path);
		file->rows = more;
		file->row_room = room;
	}
	struct roster_row *kept = &file->rows[file->row_count++];
	*kept = *row;
	kept->contractor = arena_text(file->arena, row->contractor);
	bool whole = kept->contractor.bytes != NULL;
	for (size_t i = 0; i < roster_kind_describe(file->kind)->column_count; i++) {
		kept->fields[i] = arena_text(file->arena, row->fields[i]);
		whole &= kept->fields[i].bytes != NULL;
	}
	return whole ? 0 : err_set(err, ERR_MEMORY, "%s: out of memory", file->path);
}

static int take_fault(void *context, const struct roster_fault *fault, struct err *err)
{
	struct reading *reading = context;

	reading->file->faults++;
	return reading->fault(reading->context, reading->file->path, fault, err);
}

int roster_file_read(const char *path, struct roster_file *ret_file,
		     roster_file_fault_function *fault, void *context, struct err *err)
{
	struct reading reading = { ret_file, fault, context };

	*ret_file = (struct roster_file){ .path = path };
	buffer_init(&ret_file->content, ROSTER_FILE_LARGEST + 2 * 65536);
	int r = kind_of(path, &ret_file->kind, err);
	if (r == 0)
		r = file_read_all(path, ROSTER_FILE_LARGEST, &ret_file->content, err);
	if (r == 0 && !(ret_file->arena = arena_new((size_t)1 << 30)))
		r = err_set(err, ERR_MEMORY, "%s: out of memory", path);
	if (r == 0)
		r = roster_parse(ret_file->kind, buffer_text(&ret_file->content), take_row,
				 take_fault, &reading, err);
	return r;
}

void roster_file_done(struct roster_file *file)
{
	buffer_done(&file->content);
	arena_free(file->arena);
	free(file->rows);
	*file = (struct roster_file){ 0 };
}

static int first_fault(void *context UNUSED, const char *path, const struct roster_fault *fault,
		       struct err *err)
{
	return err_set(err, ERR_SYNTAX, "%s:%u:%u: %s", path, fault->line, fault->column,
		       fault->reason);
}

static int file_load(const char *path, struct buffer *blob, struct err *err)
{
	struct roster_file file;
	int r = roster_file_read(path, &file, first_fault, NULL, err);

	for (size_t i = 0; r == 0 && i < file.row_count; i++)
		roster_blob_add(blob, file.kind, file.rows[i].fields, file.rows[i].valid_from,
				file.rows[i].valid_until);
	roster_file_done(&file);
	if (r == 0 && blob->failed)
		r = err_set(err, ERR_LIMIT, "%s: the roster is too large", path);
	return r;
}

int roster_files_load(const char *const *paths, size_t count, struct roster **ret_roster,
		      struct err *err)
{
	CLEAN(buffer) struct buffer blob;
	int r = 0;

	buffer_init(&blob, ROSTER_BLOB_LARGEST);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = file_load(paths[i], &blob, err);
	return r < 0 ? r : roster_new(buffer_text(&blob), ret_roster, err);
}
