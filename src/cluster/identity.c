/* Which account of the machine is which role: pg_ident.conf. */
#include "cluster/place.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define IDENTITIES "pg_ident.conf"
#define IDENTITIES_MOST ((size_t)1 << 20)

/* The third word of a line of the map. */
static bool is_of_role(struct text line, const char *role)
{
	struct text word = TEXT_NONE;

	for (int i = 0; i < 3; i++)
		word = text_split(&line, ' ');
	return text_equal(word, text_of(role));
}

static bool has_line(struct text identities, struct text wanted)
{
	while (identities.length)
		if (text_equal(text_split(&identities, '\n'), wanted))
			return true;
	return false;
}

static int identities_read(const struct cluster_place *place, struct buffer *ret,
			   struct err *err)
{
	char path[CLUSTER_PATH + 32];

	snprintf(path, sizeof(path), "%s/" IDENTITIES, place->data);
	return file_read_all(path, IDENTITIES_MOST, ret, err);
}

static int identities_write(const struct cluster_place *place, const struct buffer *identities,
			    struct err *err)
{
	CLEAN(fd) int directory = open(place->data, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r;

	if (directory < 0)
		return err_system(err, "%s", place->data);
	if (identities->failed)
		return err_set(err, ERR_LIMIT, "%s/" IDENTITIES ": too long", place->data);
	r = file_replace(directory, IDENTITIES, 0600, buffer_text(identities), err);
	if (r == 0 && geteuid() == 0 &&
	    fchownat(directory, IDENTITIES, place->user, place->group, AT_SYMLINK_NOFOLLOW) < 0)
		return err_system(err, "%s/" IDENTITIES, place->data);
	return r;
}

int cluster_identity_add(const char *directory, const char *account, const char *role,
			 struct err *err)
{
	CLEAN(buffer) struct buffer identities, line;
	struct cluster_place place;
	int r = cluster_place_find(directory, &place, err);

	buffer_init(&identities, IDENTITIES_MOST);
	buffer_init(&line, 1024);
	buffer_add_format(&line, "muster \"%s\" %s", account, role);
	if (r == 0)
		r = identities_read(&place, &identities, err);
	if (r < 0 || has_line(buffer_text(&identities), buffer_text(&line)))
		return r;
	buffer_add_text(&identities, buffer_text(&line));
	buffer_add_byte(&identities, '\n');
	return identities_write(&place, &identities, err);
}

int cluster_identity_remove(const char *directory, const char *role, struct err *err)
{
	CLEAN(buffer) struct buffer before, after;
	struct cluster_place place;
	struct text rest;
	int r = cluster_place_find(directory, &place, err);

	buffer_init(&before, IDENTITIES_MOST);
	buffer_init(&after, IDENTITIES_MOST);
	if (r == 0)
		r = identities_read(&place, &before, err);
	if (r < 0)
		return r;
	rest = buffer_text(&before);
	while (rest.length) {
		struct text line = text_split(&rest, '\n');
		if (is_of_role(line, role))
			continue;
		buffer_add_text(&after, line);
		buffer_add_byte(&after, '\n');
	}
	return identities_write(&place, &after, err);
}
