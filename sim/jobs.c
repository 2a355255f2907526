#include "sim/jobs.h"

#include "common/check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { JOBS_MAX = 256 };

struct job {
    pid_t process;  /* 0: it has ended */
    uint64_t *seed; /* at which it is: shared with it */
};

/* Every so many seeds are this worker's. */
static void work(struct job *job, uint64_t count, unsigned step, jobs_function *run, void *owner)
{
    uint64_t first = *job->seed;
    for (uint64_t i = 0; i < count; i += step) {
        *job->seed = first + i;
        int status = run(owner, first + i);
        fflush(stdout);
        if (status)
            _exit(status);
    }
    _exit(0);
}

static void end_all(struct job *jobs, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (jobs[i].process) {
            kill(jobs[i].process, SIGKILL);
            waitpid(jobs[i].process, NULL, 0);
        }
}

/* Wait for all; stop at the first that fails. */
static int collect(struct job *jobs, unsigned count, uint64_t *ret_seed)
{
    for (unsigned left = count; left > 0; left--) {
        int status;
        pid_t process = wait(&status);
        unsigned i = 0;
        while (i < count && jobs[i].process != process)
            i++;
        CHECK(i < count);
        jobs[i].process = 0;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
            continue;
        *ret_seed = *jobs[i].seed;
        return WIFEXITED(status) ? WEXITSTATUS(status) : JOBS_CRASHED;
    }
    return 0;
}

int jobs_run(uint64_t first, uint64_t count, unsigned job_count, jobs_function *run, void *owner,
             uint64_t *ret_seed)
{
    struct job jobs[JOBS_MAX];
    if (job_count > JOBS_MAX)
        job_count = JOBS_MAX;
    if (job_count > count)
        job_count = (unsigned)count;
    uint64_t *seeds = mmap(NULL, JOBS_MAX * sizeof *seeds, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (seeds == MAP_FAILED)
        return JOBS_NO_PROCESS;
    fflush(stdout);
    for (unsigned i = 0; i < job_count; i++) {
        seeds[i] = first + i;
        jobs[i] = (struct job){.seed = &seeds[i], .process = fork()};
        if (jobs[i].process == 0)
            work(&jobs[i], count - i, job_count, run, owner);
        if (jobs[i].process < 0) {
            end_all(jobs, i);
            return JOBS_NO_PROCESS;
        }
    }
    int status = collect(jobs, job_count, ret_seed);
    end_all(jobs, job_count);
    munmap(seeds, JOBS_MAX * sizeof *seeds);
    return status;
}
