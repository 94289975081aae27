#include "standard/standard.h"

/* Letters, digits and "._-", parts divided by "/", none beginning with a dot. */
static bool name_is_fit(struct text name)
{
	bool at_start = true;

	if (name.length == 0 || name.length > STANDARD_NAME_LIMIT)
		return false;
	for (size_t i = 0; i < name.length; i++) {
		char c = name.bytes[i];

		if (at_start ? !is_alnum(c) : !is_alnum(c) && !strchr("._-/", c))
			return false;
		at_start = c == '/';
	}
	return !at_start;
}

static bool read_length(struct text bundle, size_t *at, uint32_t *ret_length)
{
	const unsigned char *bytes = (const unsigned char *)bundle.bytes + *at;

	if (bundle.length - *at < 4)
		return false;
	*ret_length = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
		      (uint32_t)bytes[2] << 8 | bytes[3];
	*at += 4;
	return true;
}

static bool read_part(struct text bundle, size_t *at, size_t limit, struct text *ret_part)
{
	uint32_t length;

	if (!read_length(bundle, at, &length) || length > limit ||
	    length > bundle.length - *at)
		return false;
	*ret_part = text_head(text_skip(bundle, *at), length);
	*at += length;
	return true;
}

int standard_bundle_next(struct text bundle, size_t *at, struct standard_file *ret_file,
			 struct err *err)
{
	struct standard_file file;
	size_t start = *at, next = *at;
	struct text following;
	size_t peek;

	if (start >= bundle.length)
		return 0;
	if (!read_part(bundle, &next, STANDARD_NAME_LIMIT, &file.name) ||
	    !read_part(bundle, &next, STANDARD_FILE_LIMIT, &file.content) ||
	    !name_is_fit(file.name))
		return err_set(err, ERR_SYNTAX, "byte %zu of the bundle begins no file",
			       start);
	peek = next;
	if (next < bundle.length &&
	    (!read_part(bundle, &peek, STANDARD_NAME_LIMIT, &following) ||
	     text_compare(file.name, following) >= 0))
		return err_set(err, ERR_SYNTAX, "byte %zu of the bundle is out of order",
			       next);
	*at = next;
	*ret_file = file;
	return 1;
}

static int bundle_last_name(struct text bundle, struct text *ret_name, struct err *err)
{
	struct standard_file file;
	size_t at = 0;
	int r;

	*ret_name = TEXT_NONE;
	while ((r = standard_bundle_next(bundle, &at, &file, err)) > 0)
		*ret_name = file.name;
	return r;
}

int standard_bundle_add(struct buffer *bundle, struct text name, struct text content,
			struct err *err)
{
	size_t limit =
		bundle->cap < STANDARD_BUNDLE_LIMIT ? bundle->cap : STANDARD_BUNDLE_LIMIT;
	struct text last;
	int r;

	if (!name_is_fit(name))
		return err_set(
			err, ERR_SYNTAX, "\"%.*s\" is no name for a file of a standard",
			(int)text_head(name, STANDARD_NAME_LIMIT).length, name.bytes);
	if (content.length > STANDARD_FILE_LIMIT)
		return err_set(err, ERR_LIMIT, "%.*s: longer than %u bytes",
			       TEXT_PRINT(name), STANDARD_FILE_LIMIT);
	r = bundle_last_name(buffer_text(bundle), &last, err);
	if (r < 0)
		return r;
	if (last.length > 0 && text_compare(last, name) >= 0)
		return err_set(err, ERR_SYNTAX, "%.*s: must come before %.*s",
			       TEXT_PRINT(name), TEXT_PRINT(last));
	if (bundle->length + 8 + name.length + content.length > limit)
		return err_set(err, ERR_LIMIT, "the standard is longer than %zu bytes",
			       limit);
	if (!buffer_reserve(bundle, 8 + name.length + content.length))
		return err_set(err, ERR_MEMORY, "out of memory");
	buffer_add_be32(bundle, (uint32_t)name.length);
	buffer_add_text(bundle, name);
	buffer_add_be32(bundle, (uint32_t)content.length);
	buffer_add_text(bundle, content);
	return 0;
}

int standard_bundle_find(struct text bundle, struct text name, struct text *ret_content,
			 struct err *err)
{
	struct standard_file file;
	size_t at = 0;
	int r;

	while ((r = standard_bundle_next(bundle, &at, &file, err)) > 0) {
		if (text_equal(file.name, name)) {
			*ret_content = file.content;
			return 1;
		}
	}
	return r;
}

bool standard_file_is_rules(const struct standard_file *file)
{
	struct text rest = file->name;

	return text_starts_with(rest, TEXT("rules/")) &&
	       text_ends_with(rest, TEXT(".yml")) &&
	       text_find_byte(text_skip(rest, 6), '/') == rest.length - 6;
}
