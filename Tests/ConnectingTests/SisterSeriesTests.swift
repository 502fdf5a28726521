import Connecting
import Documents
import Foundation
import Glibc
import HeadroomTesting
import Planning
import Quantities
import Testing
import Traffic

/// `traffic.like`: the season of the year of another series, where the plan's own history is too short to know it.
@Suite struct SisterSeriesTests {
  private let folder: Folder

  init() throws { folder = try Folder() }

  /// Days with December 60 % above the rest, from 1 January 2024.
  private static func days(_ range: Range<Int>, level: Double) -> String {
    "time,requests_per_second\n"
      + range.map { day -> String in
        let date = CivilDate(daysSinceEpoch: 19_723 + day)
        return "\(date),\(level * (date.month == 12 ? 1.6 : 1) * (1 + 0.02 * sin(Double(day))))\n"
      }.joined()
  }

  private func load(_ like: String) throws -> PlanFile {
    let plan = try folder.write(
      "plan.yaml",
      """
      plan: new
      traffic:
        source: { csv: new.csv }
      \(like)
      service: { capacity: 100/s per replica }
      machines: [ { type: g5.xlarge, replicas: 1 } ]
      horizon: 120d
      """)
    return try PlanFile(
      path: plan, PlanFile.Options(now: Timestamp(secondsSinceEpoch: 1_759_276_800), isNowGiven: true))
  }

  @Test("a plan borrows the season of a sister series, and says so")
  func borrowed() throws {
    // A history from June to the end of September 2025, and a sister that has seen two Decembers.
    _ = try folder.write("new.csv", Self.days(517..<639, level: 500))
    _ = try folder.write("old.csv", Self.days(-365..<639, level: 9000))
    let alone = try #require(try load("").services.first)
    let like = try #require(try load("  like: { csv: old.csv }").services.first)
    #expect(alone.plan.demand.yearly == nil && like.plan.demand.yearly != nil)
    let (without, with) = (try alone.outcome(seed: 1), try like.outcome(seed: 1))
    // December lies in the 120 days after 1 October.
    #expect(with.demand.peak.mid.rawValue > 1.15 * without.demand.peak.mid.rawValue)
    #expect(with.demand.forecast?.isYearUnseen == false && without.demand.forecast?.isYearUnseen == true)
    let borrowed = with.assumptions.contains { assumption in
      if case DemandAssumption.borrowedYear(let source)? = assumption as? DemandAssumption {
        source == "old.csv"
      } else {
        false
      }
    }
    #expect(borrowed)
  }

  @Test("a sister without a year, and one without a history to put it on, are told with the place")
  func refused() throws {
    _ = try folder.write("new.csv", Self.days(517..<639, level: 500))
    _ = try folder.write("short.csv", Self.days(0..<200, level: 9000))
    let error = #expect(throws: Diagnostics.self) { try load("  like: { csv: short.csv }") }
    #expect(error?.all.first?.message.contains("'like' shows no season of the year: short.csv covers 200 d") == true)
    #expect(error?.all.first?.location?.line == 4, "\(String(describing: error))")
    let plan = try folder.write(
      "stated.yaml",
      """
      plan: stated
      traffic:
        average: 100/s
        like: { csv: old.csv }
      service: { capacity: 100/s per replica }
      machines: [ { type: g5.xlarge, replicas: 1 } ]
      """)
    let stated = #expect(throws: Diagnostics.self) {
      try PlanFile(path: plan, PlanFile.Options(now: Timestamp(secondsSinceEpoch: 1_759_276_800)))
    }
    #expect(stated?.all.contains { $0.message == "'like' is given without a 'source'" } == true)
  }
}
