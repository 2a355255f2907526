#include "sim/plan.h"

#include "common/grow.h"

#include <stdlib.h>
#include <string.h>

void plan_init(struct plan *plan)
{
    *plan = (struct plan){.config = {.seed = 1,
                                     .disk_us = 1000,
                                     .service_us = 1000,
                                     .limits = {.fetch_deadline_us = 30000000,
                                                .peer_wait_us = 2000000,
                                                .object_idle_us = 10000000,
                                                .cache_entry_count_max = 1000,
                                                .object_run_count_max = 100,
                                                .call_count_max = 1000,
                                                .body_stall_us = 60000000,
                                                .body_buffer_bytes_max = 64 << 20}}};
}

void plan_finish(struct plan *plan)
{
    topology_finish(&plan->topology);
    free(plan->objects);
    free(plan->steps);
    *plan = (struct plan){0};
}

enum err plan_add(struct plan *plan, const struct step *step)
{
    enum err err =
        grow(&plan->steps, &plan->step_capacity, plan->step_count + 1, sizeof *plan->steps);
    if (!err)
        plan->steps[plan->step_count++] = *step;
    return err;
}

enum err topology_copy(const struct topology *topology, struct topology *ret_copy)
{
    size_t count = topology->region_count;
    enum err err = topology_init(ret_copy, count);
    if (err)
        return err;
    ret_copy->coordinator_region = topology->coordinator_region;
    ret_copy->jitter = topology->jitter;
    memcpy(ret_copy->regions, topology->regions, count * sizeof *topology->regions);
    memcpy(ret_copy->rtt_us, topology->rtt_us, count * count * sizeof *topology->rtt_us);
    return OK;
}

enum err plan_copy(const struct plan *plan, struct plan *ret_plan)
{
    struct plan copy = *plan;
    copy.topology = (struct topology){0};
    copy.objects = malloc((plan->object_count + 1) * sizeof *plan->objects);
    copy.steps = malloc((plan->step_count + 1) * sizeof *plan->steps);
    copy.object_capacity = plan->object_count + 1;
    copy.step_capacity = plan->step_count + 1;
    enum err err =
        copy.objects && copy.steps ? topology_copy(&plan->topology, &copy.topology) : ERR_MEMORY;
    if (err) {
        plan_finish(&copy);
        return err;
    }
    if (plan->object_count)
        memcpy(copy.objects, plan->objects, plan->object_count * sizeof *plan->objects);
    if (plan->step_count)
        memcpy(copy.steps, plan->steps, plan->step_count * sizeof *plan->steps);
    *ret_plan = copy;
    return OK;
}

enum err plan_object(struct plan *plan, const char *name, uint16_t *ret_object)
{
    for (size_t i = 0; i < plan->object_count; i++)
        if (strcmp(plan->objects[i].name, name) == 0) {
            *ret_object = (uint16_t)i;
            return OK;
        }
    if (strlen(name) >= PLAN_NAME_BYTES)
        return ERR_INVALID;
    if (plan->object_count == UINT16_MAX)
        return ERR_FULL;
    enum err err =
        grow(&plan->objects, &plan->object_capacity, plan->object_count + 1, sizeof *plan->objects);
    if (err)
        return err;
    struct plan_object *object = &plan->objects[plan->object_count];
    *object = (struct plan_object){0};
    strcpy(object->name, name);
    *ret_object = (uint16_t)plan->object_count++;
    return OK;
}

static bool next_of_plan(struct step_source *source, struct step *ret_step)
{
    struct plan_source *list = (struct plan_source *)(void *)source;
    if (list->next == list->plan->step_count)
        return false;
    *ret_step = list->plan->steps[list->next++];
    return true;
}

struct plan_source plan_source(const struct plan *plan)
{
    return (struct plan_source){.source = {.next = next_of_plan}, .plan = plan};
}
