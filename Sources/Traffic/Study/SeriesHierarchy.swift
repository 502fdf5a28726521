import Quantities

/// Series that add up: regions to a service, services to a fleet.
///
/// The levels stand in the names (`shop/eu/web`), or in columns that nest or cross (``SeriesFormula``). Each sum is forecast as a series of its own, and the forecasts are
/// then reconciled so that every step adds up: the least-squares combination with each forecast weighed by the inverse
/// of its error's variance (MinT with a diagonal covariance; Wickramasuriya, Athanasopoulos and Hyndman, 2019, "Optimal
/// forecast reconciliation for hierarchical and grouped time series"). On a tree that combination needs no matrix: sums
/// go up with their variances, corrections come down by shares of variance. Sums that cross need the equations of all.
public struct SeriesHierarchy: Sendable {
  /// A series or a sum of series.
  public struct Node: Sendable {
    public let name: String
    /// What it is a sum by: `total`, `service`, `service / region`; of levels in names `level 1`; a series as it came is
    /// of the finest level, or just a `series`.
    public let level: String
    /// Indices of what adds up to it; none for a series as it came.
    public fileprivate(set) var children: [Int]
    /// The given series' index; nil for a sum.
    public let series: Int?
  }
  /// Every node after its children; the last is the sum of all.
  public let nodes: [Node]
  /// Whether every node has one parent at most.
  private let isTree: Bool

  /// The name of the sum of everything.
  public static let total = "total"

  /// - Parameters:
  ///   - names: of the given series, each once.
  ///   - separator: what stands between the levels of a name.
  public init(of names: [String], separator: String) {
    var paths: [String: [Int]] = [:]
    var order: [(prefix: String, depth: Int)] = []
    var nodes: [Node] = []
    let given = Set(names)
    var roots: [Int] = []
    for (i, name) in names.enumerated() {
      nodes.append(Node(name: name, level: "series", children: [], series: i))
      let parts = separator.isEmpty ? [name] : name.split(separator: separator).map { String($0) }
      var below: String?
      for depth in stride(from: parts.count - 1, to: 0, by: -1) {
        let prefix = parts[..<depth].joined(separator: separator)
        if paths[prefix] == nil {
          paths[prefix] = []
          order.append((prefix, depth))
        }
        // The leaf hangs below its longest prefix; prefixes hang below theirs further down.
        if below == nil { paths[prefix]?.append(i) }
        below = prefix
      }
      if parts.count < 2 { roots.append(i) }
    }
    // The deepest first, so that children come before their sums.
    order.sort { $0.depth > $1.depth || ($0.depth == $1.depth && $0.prefix < $1.prefix) }
    var children = paths
    var placed: [String: Int] = [:]
    for (prefix, depth) in order {
      // A series that has the name of a sum keeps its own and stands beside what hangs below it.
      let name = given.contains(prefix) ? prefix + separator + "*" : prefix
      placed[prefix] = nodes.count
      nodes.append(
        Node(name: name, level: "level \(depth)", children: (children[prefix] ?? []).sorted(), series: nil))
      let parent = prefix.split(separator: separator).prefix(depth - 1).joined(separator: separator)
      if depth > 1 {
        children[parent]?.append(nodes.count - 1)
      } else {
        roots.append(nodes.count - 1)
      }
    }
    if roots.count > 1 {
      let name = given.contains(SeriesHierarchy.total) ? "all" : SeriesHierarchy.total
      nodes.append(Node(name: name, level: SeriesHierarchy.total, children: roots.sorted(), series: nil))
    }
    self.nodes = nodes
    isTree = true
  }

  /// The sums that a formula of columns makes.
  ///
  /// Where levels nest, a sum is named as a prefix (`shop`); where they cross, `*` stands for what was summed over
  /// (`shop/*`, `*/eu`).
  ///
  /// - Parameters:
  ///   - names: of the given series, each once.
  ///   - keys: of each series its values in the formula's columns, in their order.
  public init(of names: [String], keys: [[String]], formula: SeriesFormula) {
    precondition(names.count == keys.count, "one list of keys a series")
    let levels = formula.levels
    let isChain = zip(levels, levels.dropFirst()).allSatisfy { Set($0).isSubset(of: $1) }
    let finest = formula.name(of: levels.last ?? [])
    let isFinest = Set(keys).count == names.count
    var nodes = names.enumerated().map { i, name in
      Node(name: name, level: isFinest ? finest : "series", children: [], series: i)
    }
    var taken = Set(names)
    // Of each series the node below which the next coarser level of a chain hangs.
    var below = Array(names.indices)
    for level in levels.reversed() where names.count > 1 && !(isFinest && level.count == formula.columns.count) {
      var places: [[String]: Int] = [:]
      var parents = below
      for i in names.indices {
        let values = level.map { keys[i][$0] }
        if let place = places[values] {
          if nodes[place].children.last != below[i] { nodes[place].children.append(below[i]) }
          parents[i] = place
          continue
        }
        var parts = formula.columns.map { _ in "*" }
        for (column, value) in zip(level, values) { parts[column] = value }
        var name = isChain ? values.joined(separator: "/") : parts.joined(separator: "/")
        if level.isEmpty { name = taken.contains(SeriesHierarchy.total) ? "all" : SeriesHierarchy.total }
        while !taken.insert(name).inserted { name += "/*" }
        places[values] = nodes.count
        parents[i] = nodes.count
        nodes.append(Node(name: name, level: formula.name(of: level), children: [below[i]], series: nil))
      }
      if isChain {
        for place in places.values { nodes[place].children = Array(Set(nodes[place].children)).sorted() }
        below = parents
      }
    }
    self.nodes = nodes
    isTree = isChain
  }

  /// Paths that add up, one a node.
  ///
  /// - Parameters:
  ///   - paths: the nodes' own forecasts, all of one length.
  ///   - variances: of each node's error; anything not positive and finite counts as tiny.
  ///
  /// Complexity: proportional to the nodes times the steps; where sums cross, some dozens of times that.
  public func reconciled(_ paths: [[Double]], variances: [Double]) -> [[Double]] {
    precondition(paths.count == nodes.count && variances.count == nodes.count, "one path and one variance a node")
    guard isTree else { return fitted(paths, variances: variances) }
    let steps = paths.map(\.count).min() ?? 0
    let own = variances.map { $0.isFinite && $0 > 0 ? max($0, 1e-300) : 1e-300 }
    // Up: each node's best guess from itself and what lies below it.
    var spread = own
    var below = [Double](repeating: 0, count: nodes.count)
    var guess = paths.map { Array($0.prefix(steps)) }
    for (i, node) in nodes.enumerated() where !node.children.isEmpty {
      below[i] = node.children.reduce(0) { $0 + spread[$1] }
      let share = below[i] / (below[i] + own[i])
      for t in 0..<steps {
        let sum = node.children.reduce(0) { $0 + guess[$1][t] }
        guess[i][t] = sum + share * (paths[i][t] - sum)
      }
      spread[i] = share * own[i]
    }
    // Down: what a sum gained is shared among its parts by their variances.
    var result = guess
    for i in nodes.indices.reversed() where !nodes[i].children.isEmpty {
      let node = nodes[i]
      for t in 0..<steps {
        let gap = result[i][t] - node.children.reduce(0) { $0 + guess[$1][t] }
        for child in node.children { result[child][t] = guess[child][t] + gap * spread[child] / below[i] }
      }
    }
    return nonnegative(result, paths, steps)
  }

  /// Demand is never negative: where a correction went below zero the parts are scaled to their sum.
  private func nonnegative(_ result: [[Double]], _ paths: [[Double]], _ steps: Int) -> [[Double]] {
    guard !paths.contains(where: { $0.contains { $0 < 0 } }), result.contains(where: { $0.contains { $0 < 0 } }) else {
      return result
    }
    var fixed = result
    for i in nodes.indices.reversed() {
      for t in 0..<steps { fixed[i][t] = max(0, fixed[i][t]) }
      let children = nodes[i].children
      guard !children.isEmpty else { continue }
      for t in 0..<steps {
        let sum = children.reduce(0) { $0 + max(0, fixed[$1][t]) }
        for child in children {
          fixed[child][t] = sum > 0 ? max(0, fixed[child][t]) * fixed[i][t] / sum : fixed[i][t] / Double(children.count)
        }
      }
    }
    return fixed
  }

  /// The history of each node: given series, and sums over the steps that any of their parts covers.
  ///
  /// A part that has not begun counts as nothing; a gap in a part is a gap in its sums.
  ///
  /// - Parameter series: of one step, on one grid and with one end.
  public func histories(_ series: [TimeSeries<RequestRate>]) -> [TimeSeries<RequestRate>] {
    var result: [TimeSeries<RequestRate>] = []
    for node in nodes {
      if let i = node.series {
        result.append(series[i])
        continue
      }
      let parts = node.children.map { result[$0] }
      let length = parts.map(\.count).max() ?? 0
      var sum = [Double](repeating: 0, count: length)
      for part in parts {
        let offset = length - part.count
        for (i, value) in part.rawValues.enumerated() { sum[offset + i] += value }
      }
      let longest = parts.max { $0.count < $1.count }
      if let longest { result.append(longest.with(rawValues: sum)) }
    }
    return result
  }
}
