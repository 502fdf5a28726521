import Connecting
import Documents
import Reporting
import Scaling
import Terminal

struct ImportVerb: Verb {
  static let info = VerbInfo(
    "import", "what do these manifests say?",
    discussion: """
      Reads Kubernetes and Ray Serve files (several documents, Lists and other kinds among them are fine) and says in \
      words what each autoscaler in them will do, with the defaults that the API fills in, and what to write under \
      scaling: in a plan to simulate it. HorizontalPodAutoscaler, KEDA ScaledObject, Knative Service, Ray Serve config \
      and RayService, Karpenter NodePool; what a cluster has and who may use how much of it: ResourceSlices, Kueue's queues.

      A /metrics page of vLLM, SGLang, Triton, an endpoint picker or of OpenTelemetry's gen_ai names is told by its metrics: \
      what they say, and the source to write under traffic: in a plan.

      Exit code 65 says that a manifest would be refused; what is wrong stands with its line, and the right form.
      """,
    examples: [
      Example("headroom import hpa.yaml", "what it says, and the plan's scaling: block for it"),
      Example("kubectl get hpa,scaledobject -A -o yaml | headroom import -", "everything that scales in a cluster"),
      Example(
        "curl -s localhost:8000/metrics | headroom import -", "a model server's metrics, and the plan's source for them"
      ),
    ], seeAlso: ["export", "check", "simulate"], section: "Cluster")

  let common: SharedOptions
  let files: [String]

  init(_ a: inout Arguments) throws(UsageError) {
    files = try a.positionals("FILE", help: "manifests; - for standard input", completion: .files(["yaml", "yml"]))
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown])
    let isGiven = a.isDeclaring || !files.isEmpty
    a.check(isGiven, "No manifest is named. Write 'headroom import hpa.yaml'.")
  }

  func run() throws -> ExitCode {
    var imported: [ImportedObject] = []
    var problems = Diagnostics()
    var surroundings = ManifestSurroundings()
    for file in files {
      let read = ManifestImport.read(
        try Input.read(path: file), file: file == "-" ? "standard input" : file, zones: ZoneFiles.zone(named:))
      imported += read.objects
      problems.merge(read.problems)
      surroundings.merge(read.surroundings)
    }
    let together = ManifestImport.conflicts(imported, among: surroundings)
    for one in problems.all { common.console.messages.write("\(one)\n") }
    let console = common.console
    switch common.format {
    case .html: console.write(report(imported, problems, together).html())
    case .markdown: console.write(report(imported, problems, together).markdown())
    case .json: console.write(ManifestImport.json(imported, together: together))
    default:
      for line in ManifestImport.text(imported, together: together).split(
        separator: "\n", omittingEmptySubsequences: false
      )
      .dropLast() {
        let margin = String(line.prefix { $0 == " " })
        // What is copied into a plan stays in one line.
        guard !line.hasPrefix("  In a plan:") else {
          console.print(String(line))
          continue
        }
        for part in DisplayWidth.wrapped(line.dropFirst(margin.count), columns: max(20, console.width - margin.count)) {
          console.print(margin + part)
        }
      }
    }
    if problems.hasErrors { return .badInput }
    if imported.isEmpty {
      common.console.warn("Nothing in these files scales anything.")
      return .badInput
    }
    return .done
  }

  /// The same as a page: the objects, and what is wrong or worth a word about them.
  private func report(_ imported: [ImportedObject], _ problems: Diagnostics, _ together: [Hazard]) -> ImportReport {
    let conflicts = together.map {
      ImportReport.Remark(
        isError: false, place: "together", what: $0.what + ".", because: "\($0.because); \($0.remedy).")
    }
    let remarks = problems.all.map { one in
      ImportReport.Remark(
        isError: one.severity == .error, place: one.location.map { "\($0)" } ?? "", what: one.message + ".",
        because: one.help ?? "")
    }
    return ImportReport(
      imported.map {
        ImportReport.Object(
          kind: $0.kind, name: $0.name, namespace: $0.namespace, file: $0.file, sentences: $0.sentences, plan: $0.plan)
      }, remarks: remarks + conflicts, files: files,
      provenance: Provenance(version: Headroom.version, command: ReportWriting.commandLine))
  }
}
