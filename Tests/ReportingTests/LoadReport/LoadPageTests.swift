import Planning
import Quantities
import Testing

@testable import LoadTesting
@testable import Reporting

@Suite("Pages of kept load tests and of manifests") struct LoadPageTests {
  private func run(_ number: Int64, p99: Double, isValid: Bool = true) -> KeptRun {
    KeptRun(
      number: number, time: Timestamp(nanosecondsSinceEpoch: 1_700_000_000_000_000_000) + .days(Double(number)),
      name: "checkout", kind: .run, url: "http://x/", isValid: isValid, rate: 100, p50: p99 / 2, p99: p99)
  }

  @Test("the course of a test is drawn from the runs that count, and every run stands in the table")
  func history() {
    let history = LoadHistory((1...6).map { run($0, p99: 0.1, isValid: $0 != 3) })
    let report = history.report(file: "tests.db")
    #expect(report.headline.contains("6 runs of 1 test") || report.headline.contains("checkout"))
    let html = report.html()
    #expect(html.contains("Latency by run") && html.contains("INVALID"))
    #expect(report.markdown().contains("| checkout |"))
    #expect(report.facts.contains { $0.meaning.contains("INVALID") && $0.value == "1" })
  }

  @Test("pages of cold starts and faults say first that a run was not valid, and what it would have said behind it")
  func invalid() throws {
    var load = try LoadReportTests.record().result
    load.invalidities = [
      Invalidity(kind: .tooFewConnections, problem: "too few", remedy: "more"),
      Invalidity(kind: .generatorLate, problem: "20 of 1000 requests were late", remedy: "lower the rate"),
    ]
    var cold = ColdStartResult(load, offset: 0)
    let report = cold.report(url: "http://x/", isStarted: false)
    #expect(report.headline == "This run is INVALID: 20 of 1000 requests were late.")
    #expect(
      report.lead.hasPrefix("To do: lower the rate. Its figures tell about the generator, not about the service."))
    #expect(report.lead.contains("http://x/ was not steady by the end"))
    cold.load.invalidities.removeLast()
    #expect(cold.report(url: "http://x/", isStarted: false).headline.hasPrefix("http://x/ was not steady"))
  }

  @Test("a page of manifests tells faults first, then each object with its plan line")
  func imported() {
    let object = ImportReport.Object(
      kind: "ScaledObject", name: "orders", namespace: "shop", file: "a.yaml", sentences: ["Keeps it.", "It sleeps."],
      plan: "scaling: { keda: a.yaml }")
    let remarks = [
      ImportReport.Remark(isError: false, place: "together", what: "Two own it.", because: "keep one"),
      ImportReport.Remark(isError: true, place: "a.yaml:3:1", what: "no metric.", because: "write one"),
    ]
    let report = ImportReport([object], remarks: remarks, files: ["a.yaml"])
    #expect(report.headline == "1 object scales something: 1 ScaledObject. 1 fault the API would refuse.")
    let markdown = report.markdown()
    let fault = place("no metric", in: markdown)
    let word = place("Two own it", in: markdown)
    #expect(fault < word && word < markdown.utf8.count)
    #expect(markdown.contains("`scaling: { keda: a.yaml }`") && report.html().contains("orders in shop"))
    #expect(ImportReport([], remarks: [], files: ["a.yaml"]).headline == "Nothing in these files scales anything.")
  }

  /// How many bytes stand before a text; all where it is not there.
  private func place(_ text: String, in whole: String) -> Int {
    let (bytes, wanted) = (Array(whole.utf8), Array(text.utf8))
    return bytes.indices.first { bytes[$0...].starts(with: wanted) } ?? bytes.count
  }
}
