import Glibc
import Quantities
import Testing

@testable import Traffic

@Suite struct CrossedSumsTests {
  /// A grid of services by regions.
  static func grid(_ services: Int, _ regions: Int, _ formula: String) throws -> SeriesHierarchy {
    let keys = (0..<services).flatMap { s in (0..<regions).map { r in ["s\(s)", "r\(r)"] } }
    return SeriesHierarchy(of: keys.map { $0.joined(separator: "/") }, keys: keys, formula: try SeriesFormula(formula))
  }
  static func paths(_ count: Int, _ steps: Int, seed: UInt64, _ spread: Double = 100) -> [[Double]] {
    var random = RandomStream(seed: seed)
    return (0..<count).map { _ in (0..<steps).map { _ in random.uniform() * spread } }
  }

  @Test("crossed columns give sums by each and of all; nested ones are named by prefix")
  func nodes() throws {
    let crossed = try Self.grid(2, 2, "service * region")
    #expect(
      crossed.nodes.map(\.name) == [
        "s0/r0", "s0/r1", "s1/r0", "s1/r1", "*/r0", "*/r1", "s0/*", "s1/*", "total",
      ])
    #expect(
      crossed.nodes.map(\.level) == Array(repeating: "service / region", count: 4) + [
        "region", "region", "service", "service", "total",
      ])
    #expect(crossed.nodes[4].children == [0, 2] && crossed.nodes[6].children == [0, 1])
    #expect(crossed.nodes[8].children == [0, 1, 2, 3])
    let nested = try Self.grid(2, 2, "service / region")
    #expect(nested.nodes.map(\.name).suffix(3) == ["s0", "s1", "total"])
    #expect(nested.nodes[6].children == [4, 5])
  }

  @Test("series finer than the formula hang below its finest sums")
  func finer() throws {
    let keys = [["a", "x"], ["a", "x"], ["a", "y"], ["b", "x"]]
    let tree = SeriesHierarchy(
      of: ["a/x/1", "a/x/2", "a/y/1", "b/x/1"], keys: keys, formula: try SeriesFormula("service / region"))
    #expect(
      tree.nodes.map(\.name) == ["a/x/1", "a/x/2", "a/y/1", "b/x/1", "a/x", "a/y", "b/x", "a", "b", "total"])
    #expect(tree.nodes[7].children == [4, 5] && tree.nodes[0].level == "series")
  }

  /// b = (Sᵀ W⁻¹ S)⁻¹ Sᵀ W⁻¹ y by Gaussian elimination: the textbook's normal equations (Hyndman and Athanasopoulos,
  /// Forecasting: principles and practice, third edition, 11.3).
  static func closedForm(_ tree: SeriesHierarchy, _ y: [Double], _ variances: [Double], _ n: Int) -> [Double] {
    var rows: [[Double]] = []
    for node in tree.nodes {
      var row = [Double](repeating: 0, count: n)
      if let i = node.series { row[i] = 1 } else { for c in node.children { for i in 0..<n { row[i] += rows[c][i] } } }
      rows.append(row)
    }
    var a = (0..<n).map { i in
      (0..<n).map { j in rows.indices.reduce(0.0) { $0 + rows[$1][i] * rows[$1][j] / variances[$1] } }
        + [rows.indices.reduce(0.0) { $0 + rows[$1][i] * y[$1] / variances[$1] }]
    }
    for k in 0..<n {
      let pivot = (k..<n).max { abs(a[$0][k]) < abs(a[$1][k]) } ?? k
      a.swapAt(k, pivot)
      for i in 0..<n where i != k {
        let f = a[i][k] / a[k][k]
        for j in k...n { a[i][j] -= f * a[k][j] }
      }
    }
    let b = (0..<n).map { a[$0][n] / a[$0][$0] }
    return rows.map { row in zip(row, b).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  @Test("crossed sums equal the dense normal equations", arguments: [(2, 2), (3, 4), (5, 3)])
  func dense(_ services: Int, _ regions: Int) throws {
    let tree = try Self.grid(services, regions, "service * region")
    var random = RandomStream(seed: 11)
    // Large values with small moves, so that nothing is pinned to zero.
    let paths = Self.paths(tree.nodes.count, 11, seed: 5).enumerated().map { i, path in
      path.map { $0 / 100 + 50 * Double(max(1, tree.nodes[i].children.count)) }
    }
    let variances = tree.nodes.map { _ in exp(4 * random.uniform()) }
    let found = tree.reconciled(paths, variances: variances)
    for t in 0..<11 {
      let expected = Self.closedForm(tree, paths.map { $0[t] }, variances, services * regions)
      for (i, value) in expected.enumerated() { #expect(abs(found[i][t] - value) < 1e-8 * max(1, abs(value))) }
    }
  }

  @Test(
    "on trees the equations of all sums give what going up and down gives", arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
  func tree(seed: UInt64) {
    var random = RandomStream(seed: seed)
    let names = (0..<40).map { i in
      "\(Int(random.uniform() * 4))/\(Int(random.uniform() * 3))/\(i)"
    }
    let tree = SeriesHierarchy(of: names, separator: "/")
    let paths = Self.paths(tree.nodes.count, 9, seed: seed).enumerated().map { i, path in
      path.map { $0 - (i == 0 ? 1e-3 : 0) - 20 }
    }
    // Errors from a hundredth to a hundred.
    let variances = tree.nodes.map { _ in exp(18.4 * (random.uniform() - 0.5)) }
    let expected = tree.reconciled(paths, variances: variances)
    let found = tree.fitted(paths, variances: variances)
    for (a, b) in zip(found.joined(), expected.joined()) { #expect(abs(a - b) < 1e-6 * max(1, abs(b))) }
  }

  @Test("crossed sums add up to rounding and are never negative, and what adds up already stays")
  func addsUp() throws {
    let tree = try Self.grid(6, 5, "service * region")
    let variances = tree.nodes.indices.map { Double($0 % 7 + 1) }
    // Sums far below their parts: corrections want to go below zero.
    let paths = Self.paths(tree.nodes.count, 20, seed: 3).enumerated().map { i, path in
      path.map { tree.nodes[i].children.isEmpty ? $0 : $0 / 10 }
    }
    let found = tree.reconciled(paths, variances: variances)
    for (i, node) in tree.nodes.enumerated() where !node.children.isEmpty {
      for t in 0..<20 { #expect(abs(found[i][t] - node.children.reduce(0) { $0 + found[$1][t] }) < 1e-9) }
    }
    #expect(found.joined().allSatisfy { $0 >= 0 && $0.isFinite })
    #expect(found[..<30].joined().contains(0))
    let coherent = tree.reconciled(found, variances: variances)
    for (a, b) in zip(coherent.joined(), found.joined()) { #expect(abs(a - b) < 1e-9) }
  }

  @Test("zero, odd and huge variances are no trouble")
  func odd() throws {
    let tree = try Self.grid(2, 3, "service * region")
    let paths = Self.paths(tree.nodes.count, 3, seed: 9)
    for odd in [0, .nan, .infinity, 1e300, 1e-300] {
      let mixed = tree.nodes.indices.map { $0 % 2 == 0 ? odd : 1 }
      for variances in [mixed, tree.nodes.map { _ in odd }] {
        #expect(tree.reconciled(paths, variances: variances).joined().allSatisfy { $0.isFinite && $0 >= 0 })
      }
    }
    #expect(try Self.grid(1, 1, "service * region").nodes.count == 1)
  }
}
