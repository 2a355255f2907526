export const greeting = await Promise.resolve("late");
