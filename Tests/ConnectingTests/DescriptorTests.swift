import Documents
import Glibc
import HeadroomTesting
import Planning
import Testing

@testable import Connecting

@Suite("Sources and exporters") struct DescriptorTests {
  @Test("names are unique, and every descriptor is complete")
  func complete() {
    #expect(Set(SourceList.all.map(\.name)).count == SourceList.all.count)
    #expect(Set(ExporterList.all.map(\.name)).count == ExporterList.all.count)
    for source in SourceList.all {
      #expect(source.summary.hasSuffix("."))
      #expect(source.fields.first?.name == source.name)
      #expect(SourceList.named(source.name)?.summary == source.summary)
    }
    for exporter in ExporterList.all {
      #expect(exporter.summary.hasSuffix("."))
      #expect(exporter.example.hasPrefix("headroom export \(exporter.name) "))
      #expect(exporter.example.hasSuffix(".\(exporter.ending)"))
      #expect(ExporterList.named(exporter.name)?.summary == exporter.summary)
    }
  }

  @Test(
    "the example of each source is a plan, and its keys are those of the plan file", arguments: SourceList.all.indices)
  func sources(_ i: Int) throws {
    let source = SourceList.all[i]
    let text = "plan: shop\n\(source.example)\nservice: { capacity: 100/s }\n"
    _ = try PlanFormat.standard.parse(yaml: Array(text.utf8), file: "plan.yaml")
    guard case .object(let root) = PlanFormat.standard.schema,
      case .object(let traffic)? = root.fields.first(where: { $0.name == "traffic" })?.schema,
      case .object(let known)? = traffic.fields.first(where: { $0.name == "source" })?.schema
    else {
      Issue.record("the plan file has no traffic.source")
      return
    }
    for parameter in source.fields {
      #expect(known.fields.contains { $0.name == parameter.name }, "\(source.name): \(parameter.name)")
    }
  }

  @Test("every exporter has a recorded result of the command")
  func golden() {
    for exporter in ExporterList.all {
      let folder = TestData.checkout + "/Tests/CommandTests/Golden/export-\(exporter.name)"
      #expect(access(folder + "/stdout", R_OK) == 0, "no golden result: \(folder)")
    }
  }

  @Test(
    "a Prometheus source names an address and a query",
    arguments: [
      ("{ csv: a.csv, prometheus: http://x }", "exactly one"), ("{ prometheus: http://x }", "sum(rate("),
      ("{ prometheus: 'x:9090', query: up }", "http://HOST:9090"),
      ("{ csv: a.csv, query: up }", "'query' does not belong to a csv source"),
    ])
  func prometheus(_ source: String, _ remedy: String) {
    let text = "plan: shop\ntraffic:\n  source: \(source)\nservice: { capacity: 100/s }\n"
    let error = #expect(throws: Diagnostics.self) {
      try PlanFormat.standard.parse(yaml: Array(text.utf8), file: "p.yaml")
    }
    #expect(error.map { "\($0)".contains(remedy) && "\($0)".contains("p.yaml:3:") } == true, "\(error as Any)")
  }

  @Test("the plan file's page is what the schema renders; HEADROOM_RECORD=1 writes it anew")
  func planFilePage() throws {
    let path = TestData.checkout + "/docs/reference/plan-file.md"
    let page = PlanFormat.standard.schema.markdown(title: "The plan file", level: 1)
    if getenv("HEADROOM_RECORD") != nil { try Command.write(page, to: path) }
    #expect(String(decoding: try Input.read(path: path), as: UTF8.self) == page)
  }

  @Test("the reference page is what the lists render; HEADROOM_RECORD=1 writes it anew")
  func referencePage() throws {
    let path = TestData.checkout + "/docs/reference/connections.md"
    let page = ConnectionsReference.page
    if getenv("HEADROOM_RECORD") != nil { try Command.write(page, to: path) }
    #expect(String(decoding: try Input.read(path: path), as: UTF8.self) == page)
  }
}
