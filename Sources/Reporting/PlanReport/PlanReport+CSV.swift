import Documents
import Planning
import Quantities

extension PlanReport {
  /// Rows for a spreadsheet, told apart by their first column: `day` (the horizon: the day's peak and the replicas
  /// for it, headroom included) and `hour_of_week` (an ordinary week, Monday 00:00 first).
  public func csv() -> String {
    var csv = CSVWriter()
    func heading() {
      for name in ["kind", "date", "weekday", "hour", "peak_low", "peak_mid", "peak_high", "replicas", "event"] {
        csv.string(name)
      }
      csv.endRow()
    }
    heading()
    let share = 1 + outcome.headroom.fraction
    for day in outcome.demand.forecast?.dailyPeaks ?? [] where day.date >= today {
      csv.string("day")
      csv.string(day.date.description)
      csv.string(day.date.weekday.name)
      csv.empty()
      csv.number(day.peak.low.perSecond)
      csv.number(day.peak.mid.perSecond)
      csv.number(day.peak.high.perSecond)
      csv.integer(max(1, plan.replicas(for: day.peak.mid * share)))
      let event = outcome.demand.events.first {
        $0.start <= day.date && day.date <= $0.start + max(0, Int($0.days.rounded(.up)) - 1)
      }
      csv.string(event?.name ?? "")
      csv.endRow()
    }
    for (i, replicas) in outcome.sizing.hourOfWeek.enumerated() {
      csv.string("hour_of_week")
      csv.empty()
      csv.string(Weekday.allCases[(i / 24) % 7].name)
      csv.integer(i % 24)
      csv.empty()
      csv.empty()
      csv.empty()
      csv.integer(replicas)
      csv.string("")
      csv.endRow()
    }
    return csv.text
  }
}
