import Documents
import Foundation
import Quantities
import Testing

@testable import Connecting

@Suite("A folder of plans") struct PlanFolderTests {
  @Test("holds the plans of the folders in it, in order, without manifests, hidden files and links to folders")
  func found() throws {
    let folder = try Folder()
    let path = folder.path
    for inner in ["/b", "/.git"] {
      try FileManager.default.createDirectory(atPath: path + inner, withIntermediateDirectories: true)
    }
    for (name, text) in [
      ("/z.yaml", "# one\nplan: z\n"), ("/a.yml", "traffic: {}\n"), ("/b/several.yaml", "services: {}\n"),
      ("/b/hpa.yaml", "kind: HorizontalPodAutoscaler\nspec:\n  plan: no\n"), ("/.git/x.yaml", "plan: x\n"),
      ("/t.csv", "plan: no\n"),
      ("/.hidden.yaml", "plan: x\n"),
    ] { try text.write(toFile: path + name, atomically: false, encoding: .utf8) }
    try FileManager.default.createSymbolicLink(atPath: path + "/loop", withDestinationPath: path)
    let found = try PlanFolder(path + "/")
    #expect(found.plans == [path + "/a.yml", path + "/b/several.yaml", path + "/z.yaml"] && found.others == 1)
    #expect(throws: DocumentError.self) { try PlanFolder(path + "/nowhere") }
  }
}

@Suite("Many series of one query", .enabled(if: RealPrometheus.isPresent, "prometheus and promtool are not installed"))
struct SeveralSeriesTests {
  @Test("come back each as if it had been asked for alone, over several requests")
  func several() throws {
    let count = 500
    let first = march + .seconds(-60 * Double(count - 1))
    var text = "# TYPE rate gauge\n"
    for s in 0..<3 {
      for i in 0..<count where s != 1 || i > 100 {
        text +=
          "rate{service=\"s\(s)\",region=\"eu\"} \(i * (s + 1)) \(Int((first + .seconds(60 * i)).secondsSinceEpoch))\n"
      }
    }
    let server = try RealPrometheus(openMetrics: text + "# EOF\n")
    var source = try PrometheusSource(
      url: server.url, query: "sum by (service) (last_over_time(rate[30s]))", range: .seconds(60 * count),
      step: .seconds(60), until: march)
    source.pointsPerRequest = 100
    let all = try source.fetchAll(using: HTTPClient())
    #expect(all.map(\.name) == ["s0", "s1", "s2"])
    for (s, one) in all.enumerated() {
      var alone = source
      alone.query = "sum by (service) (last_over_time(rate{service=\"s\(s)\"}[30s]))"
      let (a, b) = (try one.series.get(), try alone.fetch(using: HTTPClient()))
      #expect(a.start == b.start && a.values == b.values && a.missingCount == b.missingCount)
    }
    source.query = "last_over_time(rate[30s])"
    #expect(try source.fetchAll(using: HTTPClient()).map(\.name).first == "eu/s0")
    source.query = "nothing"
    #expect(failure { () throws(ConnectingError) in try source.fetchAll(using: HTTPClient()) }?.code == .noData)
  }
}
