import Quantities

@testable import Placing

/// An independent check of a placement: every state and hour by enumerating sets of origins (Gale and Hoffman's condition,
/// written out), not by the flows that the solver uses.
enum PlacementCheck {
  /// The first thing that does not hold; nil where all does. Exponential in the origins: for small problems.
  static func fault(_ counts: [Int], _ p: RegionProblem) -> String? {
    var capacity = [Double](repeating: 0, count: p.regions.count)
    var machines = [Int](repeating: 0, count: p.regions.count)
    for (offer, n) in zip(p.offers, counts) {
      if n < 0 || n > offer.quota { return "quota of \(offer.machine)" }
      capacity[offer.region] += Double(n) * offer.rate.rawValue
      machines[offer.region] += n
    }
    for (r, region) in p.regions.enumerated() where machines[r] > 0 {
      if machines[r] < region.minimum { return "minimum of \(region.id)" }
      if let most = region.maximum, machines[r] > most { return "maximum of \(region.id)" }
    }
    for loss in [[]] + p.losses {
      let terms = loss.isEmpty ? p.normal : p.failure
      let admitted = p.origins.map { origin in
        Set(
          p.regions.indices.filter {
            (origin.allowed?.contains($0) ?? true) && (origin.latency[$0] ?? .infinity) <= terms.latencyLimit
              && !loss.contains($0)
          })
      }
      for hour in 0..<p.steps {
        for set in 1..<(1 << p.origins.count) {
          let members = p.origins.indices.filter { set >> $0 & 1 == 1 && !(admitted[$0].isEmpty && !loss.isEmpty) }
          let need = members.reduce(0) { $0 + p.origins[$1].demand[hour] } * terms.served * (1 + terms.headroom)
          let regions = members.reduce(into: Set<Int>()) { $0.formUnion(admitted[$1]) }
          if regions.reduce(0, { $0 + capacity[$1] }) < need - 1e-6 { return "loss \(loss) hour \(hour)" }
        }
      }
    }
    return nil
  }

  /// The least cost by trying every count, for problems of a few machines without egress.
  static func least(_ p: RegionProblem) -> Double? {
    var best: Double?
    var counts = [Int](repeating: 0, count: p.offers.count)
    func visit(_ i: Int, _ cost: Double) {
      if let best, cost >= best { return }
      guard i < counts.count else {
        var total = cost
        for (r, region) in p.regions.enumerated()
        where zip(p.offers, counts).contains(where: { $0.0.region == r && $0.1 > 0 }) {
          total += region.fixedCost.rawValue
        }
        if best.map({ total < $0 }) ?? true, fault(counts, p) == nil { best = total }
        return
      }
      for n in 0...p.offers[i].quota {
        counts[i] = n
        visit(i + 1, cost + Double(n) * p.offers[i].price.rawValue)
      }
      counts[i] = 0
    }
    visit(0, 0)
    return best
  }
}
