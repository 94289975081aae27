/*
 * spool: the directories through which contractors deliver and are answered,
 * and the evidence that is kept of what they delivered. Floor 4: knows files
 * and their bytes, not what is in them.
 *
 * A delivery goes incoming -> claimed -> gone (or refused). Claiming is one
 * rename, which gives the delivery its identity; the identity is part of the
 * claimed file's name, so it outlives every crash. Each step may be done
 * again with the same result.
 */
#ifndef SPOOL_SPOOL_H
#define SPOOL_SPOOL_H

#include "base/base.h"
#include "crypto/crypto.h"
#include "ipc/ipc.h"

enum spool_place {
#define PLACE(identifier, name, mode, purpose) SPOOL_##identifier,
#include "spool/places.def"
#undef PLACE
	SPOOL_PLACES
};

/* The value of an enum ipc_refusal where nothing speaks against a file. */
#define SPOOL_NOT_REFUSED IPC_REFUSAL_COUNT

/* An instance's spool and evidence directories, open. */
struct spool;
/* Makes DIRECTORY/spool and DIRECTORY/evidence where they are missing. */
int spool_open(const char *directory, struct spool **ret_spool, struct err *err) MUST_CHECK;
void spool_free(struct spool *spool);          /* NULL is allowed */
void spool_clean(struct spool **spool);        /* for CLEAN(spool) */

/* Contractors ---------------------------------------------------------------- */

/* A contractor's code as the books allow it: ^[A-Z0-9][A-Z0-9-]{0,31}$. */
bool spool_code_valid(struct text code);
/* All places of a contractor; those that exist keep their mode and owner. */
int spool_contractor_create(struct spool *spool, const char *code, struct err *err) MUST_CHECK;
/* Whether the contractor has its incoming and claimed directories. */
bool spool_contractor_exists(struct spool *spool, const char *code);
/* Tell each name in the spool that could be a contractor's code. 0 or negative. */
int spool_contractor_each(struct spool *spool, void (*tell)(void *context, const char *code),
			  void *context, struct err *err) MUST_CHECK;
/* Path of a place, for messages and for watching. false: it is too long. */
bool spool_path(const struct spool *spool, const char *code, enum spool_place place,
		char *ret_path, size_t size);

/* Listing -------------------------------------------------------------------- */

#define SPOOL_NAME 256
struct spool_name {
	int64_t since;         /* ns since 1970 when the file got its name here */
	char name[SPOOL_NAME];
};
struct spool_list {
	struct spool_name *names;      /* oldest first */
	size_t count;
	uint64_t waiting;              /* how many there are in all */
};
/*
 * The oldest names in a place, at most `most` of them; dotfiles are passed
 * over. An entry may be of any kind and may be gone by the time it is used.
 */
int spool_list(struct spool *spool, const char *code, enum spool_place place, size_t most,
	       struct spool_list *ret_list, struct err *err) MUST_CHECK;
void spool_list_done(struct spool_list *list);
/* How many names there are in a place, dotfiles passed over. */
int spool_count(struct spool *spool, const char *code, enum spool_place place,
		uint64_t *ret_count, struct err *err) MUST_CHECK;

/* Deliveries ----------------------------------------------------------------- */

/*
 * What a delivery is, by its name: V-YYYY-NNNNNN.reply answers a notice,
 * V-YYYY-NNNNNN.attachment.ANYTHING belongs to an answer; all else are logs.
 */
enum spool_kind { SPOOL_LOG, SPOOL_REPLY, SPOOL_ATTACHMENT };

#define SPOOL_NAME_LONGEST 200         /* bytes of a name that is accepted */
#define SPOOL_DELIVERY 40
#define SPOOL_SYSTEM 64                /* a system's name, with its NUL */
struct spool_delivery {
	char id[SPOOL_DELIVERY];       /* 20 digits of nanoseconds, '-', 16 hexadecimal digits */
	int64_t received;              /* moment of the claim, from id */
	/*
	 * The name as receipts and the books show it: escaped where it is
	 * refused, and never longer than SPOOL_NAME_LONGEST.
	 */
	char name[SPOOL_NAME];
	/* The part before the first dot, or "": of a log, its system's name; else
	 * the number of the violation. */
	char system[SPOOL_SYSTEM];
	char file[SPOOL_NAME];         /* its name in claimed */
	enum ipc_refusal refusal;    /* what the name alone shows */
	enum spool_kind kind;
};
/*
 * Take a file out of incoming. 1: claimed, durably; 0: it is gone; negative:
 * it could not be moved.
 */
int spool_claim(struct spool *spool, const char *code, const char *name,
		struct spool_delivery *ret_delivery, struct err *err) MUST_CHECK;
/* The delivery behind a name in claimed; false for a name never given here. */
bool spool_resume(const char *file, struct spool_delivery *ret_delivery) MUST_CHECK;

/*
 * Open a claimed file. Never blocks, never follows a link. 0: *ret_fd is
 * open, or *ret_refusal says why it is not; negative: a failure of this
 * machine, to be tried again.
 */
int spool_delivery_open(struct spool *spool, const char *code,
			const struct spool_delivery *delivery, uint64_t max_bytes,
			int *ret_fd, enum ipc_refusal *ret_refusal,
			struct err *err) MUST_CHECK;
enum spool_encoding { SPOOL_PLAIN, SPOOL_GZIP, SPOOL_ZSTD };
/* By the first bytes; where they say nothing, by the name's end. */
int spool_encoding_of(int fd, const char *name, enum spool_encoding *ret_encoding,
		      struct err *err) MUST_CHECK;

/*
 * Tell of each file in incoming what it would be if it were claimed: received
 * is when it got its name there, and file that name. 0 or negative.
 */
int spool_incoming_each(struct spool *spool, const char *code,
			void (*tell)(void *context, const struct spool_delivery *delivery),
			void *context, struct err *err) MUST_CHECK;

/* Write receipts/NAME.receipt durably. */
int spool_receipt_write(struct spool *spool, const char *code, const char *name,
			struct text receipt, struct err *err) MUST_CHECK;
/* Write receipts/NAME.rejects durably; no text: remove one of an earlier delivery. */
int spool_rejects_write(struct spool *spool, const char *code, const char *name,
			struct text rejects, struct err *err) MUST_CHECK;
/* Write notices/NAME durably; no text: remove it. */
int spool_notice_write(struct spool *spool, const char *code, const char *name,
		       struct text notice, struct err *err) MUST_CHECK;
/* The last step: remove the claimed file, or keep it in refused. */
int spool_delivery_remove(struct spool *spool, const char *code,
			  const struct spool_delivery *delivery, struct err *err) MUST_CHECK;
int spool_delivery_refuse(struct spool *spool, const char *code,
			  const struct spool_delivery *delivery, struct err *err) MUST_CHECK;

/* Evidence ------------------------------------------------------------------- */

/*
 * A delivered file that nobody else can change: the file itself, taken over
 * from its sender, where nobody has it open for writing and it can be made
 * ours; else our own copy. It is made and hashed in slices, so that a process
 * with other work can take turns, and has no name in evidence until it is kept.
 */
struct spool_snapshot;
/* Takes the source's descriptor. NULL, with err filled, on failure. */
struct spool_snapshot *spool_snapshot_new(struct spool *spool, int source, uint64_t max_bytes,
					  struct err *err);
void spool_snapshot_free(struct spool_snapshot *snapshot); /* NULL is allowed */
void spool_snapshot_clean(struct spool_snapshot **snapshot);
/*
 * Copy one slice. 1: there is more; 0: the copy is whole, or *ret_refusal
 * says why there will be none; negative: this machine failed.
 */
int spool_snapshot_copy(struct spool_snapshot *snapshot, enum ipc_refusal *ret_refusal,
			struct err *err) MUST_CHECK;
uint64_t spool_snapshot_bytes(const struct spool_snapshot *snapshot);
/* A new descriptor that can only read, at the beginning; or negative. */
int spool_snapshot_open(const struct spool_snapshot *snapshot, struct err *err) MUST_CHECK;
/* Hash one slice of a whole copy. 1: there is more; 0: done; negative: failed. */
int spool_snapshot_hash(struct spool_snapshot *snapshot, struct err *err) MUST_CHECK;
/* After hashing: make the copy durable as evidence/aa/SHA256. 0 or negative. */
int spool_snapshot_keep(struct spool_snapshot *snapshot, uint8_t ret_sha256[CRYPTO_SHA256],
			struct err *err) MUST_CHECK;

/* "evidence/aa/SHA256" below the instance's directory. */
#define SPOOL_EVIDENCE_PATH 80
const char *spool_evidence_path(const uint8_t sha256[CRYPTO_SHA256],
				char ret_path[SPOOL_EVIDENCE_PATH]);

#endif
