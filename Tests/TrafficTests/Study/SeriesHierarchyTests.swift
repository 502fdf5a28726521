import Quantities
import Testing

@testable import Traffic

@Suite struct SeriesHierarchyTests {
  @Test("levels of the names become sums, each after its parts, the sum of all last")
  func tree() {
    let tree = SeriesHierarchy(of: ["shop/eu/web", "shop/eu/api", "shop/us/web", "pay"], separator: "/")
    #expect(
      tree.nodes.map(\.name) == [
        "shop/eu/web", "shop/eu/api", "shop/us/web", "pay", "shop/eu", "shop/us", "shop", "total",
      ])
    #expect(tree.nodes[4].children == [0, 1] && tree.nodes[6].children == [4, 5] && tree.nodes[7].children == [3, 6])
  }

  @Test("forecasts of two series and their sum meet where least squares puts them")
  func leastSquares() {
    // y = (a, b, a + b), weights 1, 1/2, 1/4: minimise (a-10)^2 + (b-20)^2/2 + (a+b-37)^2/4. The gap of 7 is shared by
    // variances 1 : 2 : 4, so a = 11, b = 22, sum = 33.
    let tree = SeriesHierarchy(of: ["x/a", "x/b"], separator: "/")
    let found = tree.reconciled([[10], [20], [37]], variances: [1, 2, 4])
    for (value, expected) in zip(found.map { $0[0] }, [11.0, 22, 33]) { #expect(abs(value - expected) < 1e-9) }
  }

  @Test("everything adds up on a deep tree, is never negative, and what already adds up stays")
  func addsUp() {
    let names = ["a/x/1", "a/x/2", "a/y/1", "b/1", "c"]
    let tree = SeriesHierarchy(of: names, separator: "/")
    var random = RandomStream(seed: 4)
    let paths = tree.nodes.map { _ in (0..<20).map { _ in random.uniform() * 100 } }
    let found = tree.reconciled(paths, variances: tree.nodes.indices.map { Double($0 + 1) })
    for (i, node) in tree.nodes.enumerated() where !node.children.isEmpty {
      for t in 0..<20 { #expect(abs(found[i][t] - node.children.reduce(0) { $0 + found[$1][t] }) < 1e-9) }
    }
    #expect(found.allSatisfy { $0.allSatisfy { $0 >= 0 } })
    let again = tree.reconciled(found, variances: tree.nodes.indices.map { Double($0 + 1) })
    for (a, b) in zip(again.joined(), found.joined()) { #expect(abs(a - b) < 1e-9) }
  }

  @Test("a series named like a sum, one series alone and odd variances are no trouble")
  func odd() {
    let tree = SeriesHierarchy(of: ["a", "a/b", "total"], separator: "/")
    #expect(tree.nodes.map(\.name) == ["a", "a/b", "total", "a/*", "all"])
    #expect(SeriesHierarchy(of: ["a"], separator: "/").nodes.count == 1)
    #expect(SeriesHierarchy(of: [], separator: "/").nodes.isEmpty)
    let found = tree.reconciled([[1], [2], [3], [4], [5]], variances: [.nan, .infinity, 0, -1, 1])
    #expect(found.allSatisfy { $0.allSatisfy { $0.isFinite } })
  }

  @Test("a sum's history begins with its longest part; a gap in a part is a gap in the sum")
  func histories() {
    let tree = SeriesHierarchy(of: ["x/a", "x/b"], separator: "/")
    func series(_ values: [Double]) -> TimeSeries<RequestRate> {
      TimeSeries(
        start: Timestamp(secondsSinceEpoch: 3600 * Double(3 - values.count)), step: .hours(1), rawValues: values)
    }
    let found = tree.histories([series([1, 2, 3]), series([10, .nan])])
    #expect(found[2].count == 3 && found[2].rawValues[0] == 1 && found[2].rawValues[1] == 12)
    #expect(found[2].rawValues[2].isNaN)
  }
}
