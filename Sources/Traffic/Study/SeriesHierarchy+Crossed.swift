/// Least squares where sums cross, so that no tree holds them all.
///
/// With A the sums over the series, W the variances of the series' own forecasts b, V those of the sums' forecasts a,
/// the combination of least squared errors is b + W Aᵀ (V + A W Aᵀ)⁻¹ (a - A b): MinT with a diagonal covariance in its
/// projecting form (Wickramasuriya, Athanasopoulos and Hyndman, 2019, "Optimal forecast reconciliation for hierarchical
/// and grouped time series", equation 9). A is sparse, and its product is all that conjugate gradients need (Hestenes
/// and Stiefel, 1952), with the diagonal as preconditioner and eight steps side by side.
extension SeriesHierarchy {
  private typealias Lanes = SIMD8<Double>

  /// A sum whose own error is told to be smaller than this share of what its parts' errors make counts as that good:
  /// beyond it the equations lose their digits.
  private static let leastShare = 1e-10
  /// Where the residual has fallen by this, squared, nothing more is gained in double precision.
  private static let tolerance = 1e-28
  private static let mostRounds = 600
  /// Times that series are pinned to zero and the rest is fitted anew.
  private static let mostPinnings = 12

  /// Series and sums as sparse rows.
  private struct Sums {
    var leaves: [Int] = []
    var sums: [Int] = []
    /// Of each sum its part of `members`.
    var starts: [Int] = [0]
    /// Places in `leaves`.
    var members: [Int] = []

    init(_ nodes: [SeriesHierarchy.Node]) {
      var place = [Int](repeating: 0, count: nodes.count)
      var below: [[Int]] = Array(repeating: [], count: nodes.count)
      for (i, node) in nodes.enumerated() {
        if node.children.isEmpty {
          place[i] = leaves.count
          below[i] = [leaves.count]
          leaves.append(i)
        } else {
          below[i] = node.children.flatMap { below[$0] }
          sums.append(i)
          members += below[i]
          starts.append(members.count)
        }
      }
    }
  }

  /// Paths that add up, by the equations of all sums together; the same as going up and down where they form a tree.
  ///
  /// Where a series' correction would go below zero it stays at zero and the others are fitted anew.
  ///
  /// Complexity: proportional to the series times the levels times the steps, some dozens of times.
  func fitted(_ paths: [[Double]], variances: [Double]) -> [[Double]] {
    precondition(paths.count == nodes.count && variances.count == nodes.count, "one path and one variance a node")
    let steps = paths.map(\.count).min() ?? 0
    let rows = Sums(nodes)
    let own = variances.map { $0.isFinite && $0 > 0 ? max($0, 1e-300) : 1e-300 }
    var result = paths.map { Array($0.prefix(steps)) }
    let weights = rows.leaves.map { own[$0] }
    var spread: [Double] = []
    var diagonal: [Double] = []
    for (k, sum) in rows.sums.enumerated() {
      let parts = rows.members[rows.starts[k]..<rows.starts[k + 1]].reduce(0) { $0 + weights[$1] }
      spread.append(max(own[sum], SeriesHierarchy.leastShare * parts))
      diagonal.append(spread[k] + parts)
    }
    let isNonnegative = !paths.contains { $0.contains { $0 < 0 } }
    for from in stride(from: 0, to: steps, by: Lanes.scalarCount) {
      let count = min(Lanes.scalarCount, steps - from)
      func lanes(_ path: [Double]) -> Lanes {
        var v = Lanes.zero
        for t in 0..<count { v[t] = path[from + t] }
        return v
      }
      let given = rows.leaves.map { lanes(result[$0]) }
      let wanted = rows.sums.map { lanes(result[$0]) }
      var free = weights.map { Lanes(repeating: $0) }
      var base = given
      var found = SeriesHierarchy.corrected(base, wanted, free, spread, diagonal, rows)
      for _ in 0..<SeriesHierarchy.mostPinnings where isNonnegative {
        var isPinned = false
        for i in found.indices {
          let below = found[i] .< 0
          guard any(below) else { continue }
          isPinned = true
          free[i].replace(with: 0, where: below)
          base[i].replace(with: 0, where: below)
        }
        guard isPinned else { break }
        found = SeriesHierarchy.corrected(base, wanted, free, spread, diagonal, rows)
      }
      for (place, leaf) in rows.leaves.enumerated() {
        for t in 0..<count { result[leaf][from + t] = isNonnegative ? max(0, found[place][t]) : found[place][t] }
      }
    }
    // Sums are added up, not solved for: they are exact to rounding whatever the equations gave.
    for (i, node) in nodes.enumerated() where !node.children.isEmpty {
      var sum = [Double](repeating: 0, count: steps)
      for child in node.children { for t in 0..<steps { sum[t] += result[child][t] } }
      result[i] = sum
    }
    return result
  }

  /// The series' values with their corrections.
  private static func corrected(
    _ base: [Lanes], _ wanted: [Lanes], _ free: [Lanes], _ spread: [Double], _ diagonal: [Double], _ rows: Sums
  ) -> [Lanes] {
    let count = rows.sums.count
    var shared = [Lanes](repeating: .zero, count: base.count)
    /// `shared` = free Aᵀ x.
    func share(_ x: [Lanes]) {
      for i in shared.indices { shared[i] = .zero }
      for k in 0..<count { for at in rows.starts[k]..<rows.starts[k + 1] { shared[rows.members[at]] += x[k] } }
      for i in shared.indices { shared[i] *= free[i] }
    }
    func total(_ values: [Lanes], _ k: Int) -> Lanes {
      var sum = Lanes.zero
      for at in rows.starts[k]..<rows.starts[k + 1] { sum += values[rows.members[at]] }
      return sum
    }
    var x = [Lanes](repeating: .zero, count: count)
    var rest = (0..<count).map { wanted[$0] - total(base, $0) }
    var scaled = (0..<count).map { rest[$0] / diagonal[$0] }
    var direction = scaled
    var size = Lanes.zero
    for k in 0..<count { size += rest[k] * scaled[k] }
    let enough = size * tolerance
    var product = x
    for _ in 0..<mostRounds {
      let isOpen = size .> enough
      guard any(isOpen) else { break }
      share(direction)
      var curve = Lanes.zero
      for k in 0..<count {
        product[k] = direction[k] * spread[k] + total(shared, k)
        curve += direction[k] * product[k]
      }
      // A lane that is done, or has no curvature left, stands still.
      let moves = isOpen .& (curve .> 0)
      guard any(moves) else { break }
      let stride = (size / curve).replacing(with: 0, where: .!moves)
      var next = Lanes.zero
      for k in 0..<count {
        x[k] += stride * direction[k]
        rest[k] -= stride * product[k]
        scaled[k] = rest[k] / diagonal[k]
        next += rest[k] * scaled[k]
      }
      let ratio = (next / size).replacing(with: 0, where: .!moves)
      for k in 0..<count { direction[k] = scaled[k] + ratio * direction[k] }
      size = next.replacing(with: 0, where: .!moves)
    }
    share(x)
    return base.indices.map { base[$0] + shared[$0] }
  }
}
