import Connecting
import Documents
import Terminal

struct ImportVerb: Verb {
  static let info = VerbInfo(
    "import", "what do these manifests say?",
    discussion: """
      Reads Kubernetes and Ray Serve files (several documents, Lists and other kinds among them are fine) and says in \
      words what each autoscaler in them will do, with the defaults that the API fills in, and what to write under \
      scaling: in a plan to simulate it. HorizontalPodAutoscaler, KEDA ScaledObject, Knative Service, Ray Serve config \
      and RayService, Karpenter NodePool.

      Exit code 65 says that a manifest would be refused; what is wrong stands with its line, and the right form.
      """,
    examples: [
      Example("headroom import hpa.yaml", "what it says, and the plan's scaling: block for it"),
      Example("kubectl get hpa,scaledobject -A -o yaml | headroom import -", "everything that scales in a cluster"),
    ], seeAlso: ["export", "check", "simulate"], section: "Cluster")

  let common: SharedOptions
  let files: [String]

  init(_ a: inout Arguments) throws(UsageError) {
    files = try a.positionals("FILE", help: "manifests; - for standard input", completion: .files(["yaml", "yml"]))
    common = try SharedOptions(&a, formats: [.text, .json])
    let isGiven = a.isDeclaring || !files.isEmpty
    a.check(isGiven, "No manifest is named. Write 'headroom import hpa.yaml'.")
  }

  func run() throws -> ExitCode {
    var imported: [ImportedObject] = []
    var problems = Diagnostics()
    for file in files {
      let read = ManifestImport.read(
        try Input.read(path: file), file: file == "-" ? "standard input" : file, zones: ZoneFiles.zone(named:))
      imported += read.objects
      problems.merge(read.problems)
    }
    for one in problems.all { common.console.messages.write("\(one)\n") }
    let text =
      common.format == .json
      ? ManifestImport.json(imported) : ManifestImport.text(imported, width: common.console.width)
    common.console.write(text)
    if problems.hasErrors { return .badInput }
    if imported.isEmpty {
      common.console.warn("Nothing in these files scales anything.")
      return .badInput
    }
    return .done
  }
}
