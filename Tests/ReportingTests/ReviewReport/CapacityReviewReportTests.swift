import Catalogs
import Documents
import HeadroomTesting
import Planning
import Quantities
import Testing

@testable import Reporting

@Suite("The review of a cadence") struct CapacityReviewReportTests {
  static func outcome(running: Int) throws -> PlanOutcome {
    try SamplePlan.answer(
      "plan: shop\ntraffic: { average: 30000/s, peak to average: 2 }\nservice: { capacity: 2000/s, running: \(running) }\nmachines: [ { type: g5.xlarge } ]\n",
      nil, SamplePlan.now)
  }

  private static func report(
    _ cadence: ReviewCadence, _ outcome: PlanOutcome, earlier: (day: CivilDate, answers: [String: String])? = nil
  ) -> CapacityReviewReport {
    CapacityReviewReport(
      [("shop", CapacityReview(cadence, of: outcome))], cadence: cadence, title: "shop", owner: "sre", earlier: earlier,
      provenance: SamplePlan.provenance)
  }

  @Test("each cadence asks its own questions, in every form", arguments: ReviewCadence.allCases)
  func items(cadence: ReviewCadence) throws {
    let report = Self.report(cadence, try SamplePlan.outcome())
    let ids: [ReviewCadence: [String]] = [
      .weekly: ["use", "runway", "objectives", "findings"], .monthly: ["trend", "headroom", "forecast error", "cost"],
      .quarterly: ["outlook", "events", "drills", "load tests"], .annual: ["cost of a year", "commitments", "posture"],
    ]
    #expect(report.lines.map(\.item.id) == ids[cadence])
    let node = try JSON.parse(report.json())
    #expect(node["items"]?.count == ids[cadence]?.count && node["items"]?.elements?.first?["owner"]?.text == "sre")
    #expect(report.html().contains("last time") && report.markdown().contains("sre"))
    #expect(!report.terminal(width: 80, style: .plain).isEmpty)
  }

  @Test("too few that run must be added to; enough of them is calm")
  func standing() throws {
    #expect(!CapacityReview(.weekly, of: try Self.outcome(running: 1)).isCalm)
    let calm = CapacityReview(.weekly, of: try Self.outcome(running: 5000))
    #expect(calm.items.first { $0.id == "runway" }?.standing == .holds)
    // Without a history nobody knows the week's use.
    #expect(calm.items.first { $0.id == "use" }?.standing == .unknown)
  }

  @Test("what was found the last time stands beside what is found now, where it is something else")
  func changes() throws {
    let first = Self.report(.weekly, try Self.outcome(running: 1))
    let kept = try #require(CapacityReviewReport.answers(first.json()))
    let same = Self.report(.weekly, try Self.outcome(running: 1), earlier: kept)
    #expect(same.lines.allSatisfy { $0.before == nil } && same.markdown().contains("Nothing changed since"))
    let other = Self.report(.weekly, try Self.outcome(running: 5000), earlier: kept)
    #expect(other.lines.contains { $0.item.id == "runway" && $0.before != nil })
  }
}

@Suite("Reminders") struct ReminderCalendarTests {
  private static let stamp = Timestamp(iso8601: "2026-11-30T12:00:00Z") ?? Timestamp(secondsSinceEpoch: 0)

  @Test("are an iCalendar file: line ends, folded lines, escaped text, no id twice")
  func form() throws {
    var calendar = ReminderCalendar(name: "shop, eu; \\ \"größte\"", stamp: Self.stamp)
    let today = CivilDate(year: 2026, month: 11, day: 30) ?? CivilDate(daysSinceEpoch: 0)
    for cadence in ReviewCadence.allCases {
      calendar.add(cadence, from: today, command: String(repeating: "long ", count: 40))
    }
    calendar.add(try SamplePlan.outcome(), named: "shop")
    let text = calendar.text
    let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
    #expect(text.hasSuffix("END:VCALENDAR\r\n") && !text.replacing("\r\n", with: "").contains("\n"))
    #expect(lines.allSatisfy { $0.utf8.count <= 75 })
    #expect(text.contains("shop\\, eu\\; \\\\"))
    let ids = lines.filter { $0.hasPrefix("UID:") }
    #expect(ids.count >= 5 && Set(ids).count == ids.count)
    #expect(lines.filter { $0 == "BEGIN:VEVENT" }.count == lines.filter { $0 == "END:VEVENT" }.count)
  }

  @Test("the reviews come on Mondays, on the first of a month, of a quarter's and of a year's")
  func cadences() {
    var calendar = ReminderCalendar(name: "shop", stamp: Self.stamp)
    // A Monday.
    let today = CivilDate(year: 2026, month: 11, day: 30) ?? CivilDate(daysSinceEpoch: 0)
    for cadence in ReviewCadence.allCases { calendar.add(cadence, from: today, command: "") }
    #expect(calendar.entries.map(\.day.description) == ["2026-12-07", "2026-12-01", "2027-02-01", "2027-11-01"])
    #expect(
      calendar.entries.map(\.rule) == [
        "FREQ=WEEKLY", "FREQ=MONTHLY;BYMONTHDAY=1", "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1", "FREQ=YEARLY",
      ])
  }
}
