import Connecting
import Documents
import Glibc
import Optimizing
import Terminal

struct DoctorVerb: Verb {
  static let info = VerbInfo(
    "doctor", "what is installed, what is missing, what to do?",
    discussion: """
      Looks for the programs, libraries and files that some verbs use, with their versions; says what each missing one \
      would enable, and the command that installs it on Debian. Nothing is installed, nothing is asked over a network.

      Exit code 0, whatever is missing: everything else works without it.
      """,
    examples: [
      Example("headroom doctor", "what works here"),
      Example("headroom doctor --json | jq '.parts[] | select(.there | not)'", "what is missing, for a script"),
    ], section: "Help")

  let common: SharedOptions

  init(_ a: inout Arguments) throws(UsageError) {
    common = try SharedOptions(&a, formats: [.text, .json, .markdown])
  }

  /// Something that a verb uses where it is there.
  private struct Part: Sendable {
    var name: String
    /// Programs by name, or files from the root; the first that is there counts.
    var paths: [String]
    /// What prints the version; empty where that is slow or there is none.
    var version: [String] = []
    var use: String
    var install: String
    /// Variables that name it.
    var variable: String?
  }

  /// One that was looked for.
  private struct Found: Sendable {
    var name: String
    var path: String?
    var version: String
    var use: String
    var install: String
  }

  private static let parts: [Part] = [
    Part(
      name: "time zones", paths: ["/usr/share/zoneinfo/Europe/Berlin"], use: "plans in a time zone other than UTC",
      install: "apt-get install tzdata"),
    Part(
      name: "certificates", paths: ["/etc/ssl/certs/ca-certificates.crt"], use: "https to Prometheus and services",
      install: "apt-get install ca-certificates"),
    Part(
      name: "libcurl",
      paths: [
        "/usr/lib/x86_64-linux-gnu/libcurl.so.4", "/usr/lib/aarch64-linux-gnu/libcurl.so.4", "/usr/lib64/libcurl.so.4",
        "/usr/lib/libcurl.so.4",
      ], use: "Prometheus as a source, proxies", install: "apt-get install libcurl4"),
    Part(
      name: "git", paths: ["git"], version: ["--version"], use: "check --against a branch; plans under version control",
      install: "apt-get install git"),
    Part(
      name: "Prometheus", paths: ["prometheus"], version: ["--version"], use: "trying a Prometheus source here",
      install: "apt-get install prometheus"),
    Part(
      name: "kubectl", paths: ["kubectl"], version: ["version", "--client"],
      use: "reading a cluster (kubectl get ... | headroom import -), fleet submit --engine kubernetes",
      install: "apt-get install kubernetes-client"),
    Part(
      name: "Slurm", paths: ["sbatch"], version: ["--version"], use: "fleet submit --engine slurm",
      install: "apt-get install slurm-client"),
    Part(
      name: "Spark", paths: ["spark-submit", "./.deps/python/bin/spark-submit"], use: "fleet submit --engine spark",
      install: "pip install pyspark", variable: "HEADROOM_SPARK_SUBMIT"),
    Part(
      name: "Java", paths: ["java"], version: ["-version"], use: "Spark",
      install: "apt-get install default-jre-headless"),
    Part(
      name: "DuckDB", paths: ["duckdb"], version: ["--version"],
      use: "Parquet: duckdb -csv -c \"FROM 't.parquet'\" | headroom forecast -", install: "pip install duckdb-cli"),
    Part(
      name: "Terraform", paths: ["terraform", "tofu"], version: ["version"],
      use: "applying what export terraform and route53 write", install: "see developer.hashicorp.com/terraform/install"),
    Part(
      name: "AWS", paths: ["aws"], version: ["--version"], use: "creating what export region-switch writes",
      install: "apt-get install awscli"),
    Part(
      name: "Chromium", paths: ["chromium", "chromium-browser", "google-chrome"], version: ["--version"],
      use: "reports as PDF or PNG without a desktop", install: "apt-get install chromium"),
    Part(
      name: "jq", paths: ["jq"], version: ["--version"], use: "one number of a JSON answer",
      install: "apt-get install jq"),
  ]

  func run() throws -> ExitCode {
    let parts = Self.parts
    var found = ParallelMap.map(parts.count) { Self.look(parts[$0]) }
    found.insert(
      Found(
        name: "HiGHS", path: Solver.isAvailable ? "loaded" : nil, version: Solver.version ?? "",
        use: "placing over regions", install: Solver.isAvailable ? "" : Solver.remedy), at: 3)
    switch common.format {
    case .json: common.console.write(json(found))
    case .markdown: common.console.write(table(found).markdown)
    default:
      common.console.write(table(found).text(width: common.console.width, style: common.console.style))
      common.console.print("headroom \(Headroom.version), \(ParallelMap.threads) threads; everything else is built in.")
    }
    return .done
  }

  private func table(_ found: [Found]) -> TextTable {
    var table = TextTable([
      .init("what"), .init("state", isFlexible: true), .init("for", isFlexible: true),
      .init("to install", isFlexible: true),
    ])
    for one in found {
      table.add([
        one.name, one.path == nil ? "missing" : one.version.isEmpty ? "there" : one.version, one.use,
        one.path == nil ? one.install : "",
      ])
    }
    return table
  }

  private func json(_ found: [Found]) -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.key("schema")
      json.string("headroom/doctor/1")
      json.key("version")
      json.string(Headroom.version)
      json.key("threads")
      json.integer(ParallelMap.threads)
      json.key("parts")
      json.array { json in
        for one in found {
          json.object { json in
            json.key("name")
            json.string(one.name)
            json.key("there")
            json.bool(one.path != nil)
            for (key, value) in [
              ("path", one.path ?? ""), ("version", one.version), ("for", one.use), ("install", one.install),
            ] {
              json.key(key)
              json.string(value)
            }
          }
        }
      }
    }
    return json.text + "\n"
  }

  private static func look(_ part: Part) -> Found {
    var paths = part.paths
    if let variable = part.variable, let named = getenv(variable) { paths.insert(String(cString: named), at: 0) }
    let path = paths.lazy.compactMap { name in
      // A file need not be one that runs.
      name.hasPrefix("/") && !name.contains("/bin/")
        ? (access(name, R_OK) == 0 ? name : nil) : InstalledProgram.find(name)
    }.first
    let version = path.flatMap { part.version.isEmpty ? nil : InstalledProgram.version($0, part.version) } ?? ""
    return Found(name: part.name, path: path, version: version, use: part.use, install: part.install)
  }
}
