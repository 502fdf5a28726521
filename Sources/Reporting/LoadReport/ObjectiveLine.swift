import Quantities
import Serving

/// One thing that was asked of a service, and what an outcome, measured or simulated, says of it.
struct ObjectiveLine: Hashable, Sendable {
  /// `"p99 of 200 ms"`.
  var asked: String
  var got: String
  var isMet: Bool
}

extension Outcome {
  /// What came of each part of an objective. A bound whose metric was not seen is missed, and says so.
  func lines(of objective: Objective) -> [ObjectiveLine] {
    var lines = objective.latency.map { bound in
      let seen = service.attainments.first { $0.bound == bound }
      return ObjectiveLine(
        asked: "\(bound.name) within \(NumberFormat.duration(bound.limit))",
        got: seen.map { "\(Wording.percent($0.share.rawValue)) of requests were" } ?? "not seen",
        isMet: seen?.isMet ?? false)
    }
    if let availability = objective.availability {
      lines.append(
        ObjectiveLine(
          asked: "availability of \(Wording.percent(availability.rawValue))",
          got: "\(Wording.percent(service.shareServed.rawValue)) of requests were answered well",
          isMet: service.shareServed >= availability))
    }
    return lines
  }
}
