import Documents
import Planning
import Quantities
import Scaling
import Testing
import Traffic

@testable import Connecting

@Suite("Exporters") struct ExporterTests {
  static func outcome(_ scaling: String, name: String = "Big Shop", machine: String = "g5.xlarge") throws -> PlanOutcome
  {
    let values = (0..<72).map { (hour: Int) -> Double in hour % 24 < 12 ? 4000 : 9000 }
    let start = Timestamp(iso8601: "2026-03-02T00:00:00Z") ?? Timestamp(nanosecondsSinceEpoch: 0)
    let trace = Trace(series: TimeSeries(start: start, step: .hours(1), rawValues: values), source: "t.csv", zone: .utc)
    let text = """
      plan: \(name)
      traffic: { source: { csv: t.csv } }
      service: { service time: 20ms, concurrency: 8, startup: { node: 60s } }
      machines: [ { type: \(machine) } ]
      horizon: 1d
      \(scaling)
      """
    let spec = try PlanFormat.standard.parse(yaml: Array(text.utf8), file: "plan.yaml")
    let plan = try Plan.resolve(spec, catalog: .builtIn, zone: { _ in .utc }).plan
    return try Planner.outcome(of: plan, trace: trace, now: trace.end)
  }

  static let policies = [
    "scaling: { target: { utilization: 65% } }", "scaling: { target: { requests: 250/s } }",
    "scaling: { target: { concurrency: 5 } }", "scaling: { target: { queue: 3 } }",
    "scaling: { threshold: {} }", "scaling: { fixed: true }",
    "scaling: { schedule: { entries: [ { at: 0 7 * * *, replicas: 30 }, { at: 0 20 * * *, replicas: 9 } ] } }",
    "scaling: { hpa: { spec: { minReplicas: 3, maxReplicas: 5 } } }",
    "scaling: { ray: { autoscaling_config: { max_replicas: 50 } } }",
  ]

  @Test("what is written can be read again, whatever the policy, with the plan's bounds", arguments: policies.indices)
  func roundTrip(_ i: Int) throws {
    let outcome = try Self.outcome(Self.policies[i])
    let request = ExportRequest(outcome, settings: [:])
    let hpa = try HPAManifest.read(Array(try #require(ExporterList.named("hpa")).export(request).text.utf8))
    #expect(hpa.name == "big-shop")
    #expect(hpa.spec.maxReplicas >= outcome.sizing.replicas || Self.policies[i].contains("max_replicas"))
    #expect(hpa.spec.minReplicas >= 1 && hpa.spec.minReplicas <= hpa.spec.maxReplicas)
    let keda = try KedaManifest.read(Array(try #require(ExporterList.named("keda")).export(request).text.utf8))
    #expect(keda.spec.maxReplicaCount == hpa.spec.maxReplicas)
    #expect(!keda.spec.triggers.isEmpty)
    let knative = try KnativeManifest.read(Array(try #require(ExporterList.named("knative")).export(request).text.utf8))
    #expect(knative.maxScale >= knative.minScale)
    #expect(knative.warnings.all.isEmpty)
    let pool = try #require(ExporterList.named("karpenter")).export(request).text
    let read = ManifestImport.read(Array(pool.utf8), file: "pool.yaml", zones: { _ in nil })
    #expect(read.problems.all.isEmpty)
    #expect(read.objects.first?.sentences.first?.contains("g5.xlarge") == true)
  }

  @Test("the load of a replica becomes the metric that tells it")
  func metrics() throws {
    func metric(_ scaling: String) throws -> HPAMetric? {
      let export = try #require(ExporterList.named("hpa")).export(ExportRequest(try Self.outcome(scaling)))
      return try HPAManifest.read(Array(export.text.utf8)).spec.metrics.first
    }
    #expect(try metric(Self.policies[0])?.goal == .utilization(65))
    let rate = try metric(Self.policies[1])
    #expect(rate?.source == .pods(metric: "http_requests_per_second"))
    #expect(rate?.goal == .averageValue(KubernetesQuantity(milli: 250_000)))
    #expect(try metric(Self.policies[2])?.source == .pods(metric: "http_requests_in_flight"))
  }

  @Test("a schedule becomes cron triggers, each until the next")
  func cron() throws {
    let export = try #require(ExporterList.named("keda")).export(ExportRequest(try Self.outcome(Self.policies[6])))
    let spec = try KedaManifest.read(Array(export.text.utf8)).spec
    let crons = spec.triggers.filter { $0.type == "cron" }
    #expect(crons.count == 2)
    guard case .cron(let window, let replicas)? = crons.first?.kind else {
      Issue.record("the first is no cron trigger")
      return
    }
    #expect(replicas == 30)
    #expect(window.start.description == "0 7 * * *" && window.end.description == "0 20 * * *")
  }

  @Test("names that Kubernetes would refuse are refused, with one that it takes")
  func names() throws {
    let outcome = try Self.outcome(Self.policies[0])
    func fault(_ format: String, _ settings: [String: String], _ outcome: PlanOutcome) -> String {
      do throws(ExportFault) {
        _ = try ExporterList.named(format)?.export(ExportRequest(outcome, settings: settings))
        return "exported"
      } catch { return "\(error)" }
    }
    #expect(fault("hpa", ["name": "Big_Shop"], outcome).contains("name=big-shop"))
    #expect(fault("hpa", ["namespace": "-x"], outcome).contains("no namespace"))
    #expect(fault("hpa", ["kind": "Pod"], outcome).contains("StatefulSet"))
    #expect(fault("hpa", ["nmae": "x"], outcome).contains("no setting 'nmae'"))
    #expect(fault("karpenter", ["capacity": "free"], outcome).contains("on-demand, spot"))
    let other = try Self.outcome(Self.policies[0], machine: "a2-highgpu-1g")
    #expect(fault("karpenter", [:], other).contains("EC2NodeClass"))
  }

  @Test("labels: letters, digits and hyphens, at most 63")
  func labels() {
    #expect(KubernetesName.label("Black Friday 2026!") == "black-friday-2026")
    #expect(KubernetesName.label("…") == "")
    #expect(KubernetesName.label(String(repeating: "a", count: 80)).count == 63)
    #expect(KubernetesName.isLabel("a-1") && !KubernetesName.isLabel("-a") && !KubernetesName.isLabel("a.b"))
    #expect(
      KubernetesName.isSubdomain("a.b-c") && !KubernetesName.isSubdomain("a..b") && !KubernetesName.isSubdomain("A"))
  }
}
