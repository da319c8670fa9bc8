import { readCostReport, readForecast } from '@weir/contracts/admin/reports';
import { importUsage, listUsage } from '@weir/contracts/admin/usage';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Database } from '@weir/service-kit/database/database';
import { createCostReport } from './cost-report.ts';
import { createReadForecast, type ForecastParts } from './forecast.ts';
import { createImportUsage } from './import-usage.ts';
import { createListUsage } from './list-usage.ts';

interface ReportParts extends ForecastParts {
  readonly database: Database;
}

/** What was used and what it cost. */
export function serveReports(bus: Pick<Bus, 'serve'>, parts: ReportParts): void {
  const { clock, database } = parts;
  bus.serve(readCostReport, createCostReport({ clock, database }));
  bus.serve(readForecast, createReadForecast(parts));
  bus.serve(listUsage, createListUsage(database));
  bus.serve(importUsage, createImportUsage(database));
}
