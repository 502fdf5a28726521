import Documents
import LoadTesting
import Quantities

/// What load tests found that a replica can do.
public struct MeasuredCapacity: Sendable, Equatable {
  /// Requests a second within the objective.
  public var rate: Estimate<RequestRate>
  /// The objective as it was tested, `p99 < 200ms`, where the results say so.
  public var objective: String?

  /// Reads one result.
  /// - Throws: `Diagnostics` where the file is no such result or shows no capacity.
  public static func read(_ bytes: [UInt8], file: String) throws(Diagnostics) -> MeasuredCapacity {
    try read([(bytes, file)])
  }

  /// Reads results of `headroom load saturation` (`headroom/load-saturation/1`) and of `headroom load`
  /// (`headroom/load/1`), and puts them together:
  ///
  /// - Searches for saturation decide where there are any: the middle is the median of their rates, low and high are
  ///   the least low and the highest high of their intervals. Runs at one rate are then left out. A sweep that had no
  ///   objective shows its highest rate.
  /// - Runs bound the capacity: one that was valid and kept its thresholds shows that its rate is carried, one that was
  ///   valid and missed one shows that the rate asked for is not. Low and middle are the highest rate that is carried,
  ///   high is the least rate above it that is not. Where a rate was carried once and missed another time, the middle
  ///   is the lower of them.
  ///
  /// - Throws: `Diagnostics` for every file that is no such result, and where no rate is known to be carried.
  public static func read(_ files: [(bytes: [UInt8], name: String)]) throws(Diagnostics) -> MeasuredCapacity {
    var problems = Diagnostics()
    var searches: [(low: Double, mid: Double, high: Double)] = []
    var carried: [Double] = []
    var missed: [(rate: Double, what: String, location: SourceLocation)] = []
    var objectives: [String] = []
    for (bytes, file) in files {
      let node: Node
      do {
        node = try JSON.parse(bytes, file: file)
      } catch {
        problems.merge(error)
        continue
      }
      func fail(_ problem: String, _ help: String) {
        problems.append(.error(problem, at: node.location, path: "service.measured", help: help))
      }
      func positive(_ rate: Double?) -> Double? { rate.flatMap { $0 > 0 ? $0 : nil } }
      let test = RecordedLoadTest(node)
      switch (test?.document, test) {
      case (.saturation, let test?), (.sweep, let test?):
        guard let mid = positive(test.rate ?? (test.objective == nil ? test.highestLevel : nil)) else {
          fail("the search found no rate that keeps its objective", "search again, or state a capacity")
          continue
        }
        searches.append((min(mid, positive(test.low) ?? mid), mid, max(mid, positive(test.high) ?? mid)))
        if let objective = test.objective { objectives.append(objective) }
      case (.run, let test?):
        guard test.isValid == true else {
          fail("the load test was not valid", "run it again as its own words say")
          continue
        }
        objectives += test.expectations.prefix(1).compactMap(\.text)
        if let missedOne = test.expectations.first(where: { !$0.isMet }) {
          let asked = positive(test.offeredRate) ?? positive(test.achievedRate) ?? 0
          missed.append((asked, missedOne.text ?? "its threshold", test.location))
        } else if let mid = positive(test.achievedRate) {
          carried.append(mid)
        } else {
          fail("the load test answered nothing", "run it again")
        }
      default:
        fail(
          "'\(file)' is no result of a load test",
          "write one: headroom load saturation URL --expect 'p99 < 200ms' --json > saturation.json")
      }
    }
    try problems.throwIfErrors()
    let objective = objectives.first
    if !searches.isEmpty {
      let mid = Statistics.median(searches.map(\.mid)) ?? searches[0].mid
      return MeasuredCapacity(
        rate: estimate(searches.map(\.low).min() ?? mid, mid, searches.map(\.high).max() ?? mid), objective: objective)
    }
    guard let best = carried.max() else {
      throw Diagnostics([
        .error(
          "the load test missed '\(missed.first?.what ?? "its threshold")'", at: missed.first?.location,
          path: "service.measured",
          help: "test at a lower rate, or find the rate with headroom load saturation")
      ])
    }
    let least = missed.map(\.rate).filter { $0 > 0 }.min() ?? .infinity
    if least <= best {
      let sure = carried.filter { $0 < least }.max() ?? least
      return MeasuredCapacity(rate: estimate(sure, sure, best), objective: objective)
    }
    return MeasuredCapacity(rate: estimate(best, best, least.isFinite ? least : best), objective: objective)
  }

  private static func estimate(_ low: Double, _ mid: Double, _ high: Double) -> Estimate<RequestRate> {
    low == high
      ? Estimate(exactly: .perSecond(mid))
      : Estimate(low: .perSecond(low), mid: .perSecond(mid), high: .perSecond(high))
  }
}
