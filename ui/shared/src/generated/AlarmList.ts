// Generated from the server's types. Do not edit.
import type { AuditLine } from "./AuditLine";

/**
 * `GET /api/alarms`: the alarms nobody has acknowledged.
 */
export type AlarmList = { 
/**
 * How many there are.
 */
count: number, 
/**
 * The newest of them, newest first.
 */
newest: Array<AuditLine>, };
