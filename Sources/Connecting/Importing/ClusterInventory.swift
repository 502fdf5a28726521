import Catalogs
import Documents
import Quantities

/// What a cluster has and who may use how much of it: devices of dynamic resource allocation, and Kueue's queues.
///
/// The objects: ResourceSlice of `resource.k8s.io` (v1, and v1beta1 with `basic`), ClusterQueue, LocalQueue and
/// ResourceFlavor of `kueue.x-k8s.io` (v1beta1, v1beta2).
struct ClusterInventory {
  private struct Device: Hashable {
    var driver: String
    var product: String
    var memory: String
  }
  private var devices: [Device: Int] = [:]
  private var nodes: [Device: Set<String>] = [:]
  private var order: [Device] = []
  private var queues: [ImportedObject] = []
  /// By flavor, the machine type that its label names.
  private var machines: [String: String] = [:]
  private var pending: [(node: Node, file: String)] = []
  private var file = ""
  /// By pool, its newest generation: slices of older ones no longer count.
  private var generations: [String: Int] = [:]
  private var slices: [Node] = []

  var isEmpty: Bool { slices.isEmpty && pending.isEmpty }

  /// Takes one object, where it is of a kind that counts here.
  mutating func read(_ node: Node, file: String) {
    let (kind, version) = (node["kind"]?.text ?? "", node["apiVersion"]?.text ?? "")
    if kind == "ResourceSlice", version.hasPrefix("resource.k8s.io/") {
      self.file = file
      slices.append(node)
      let pool = Self.pool(node)
      generations[pool.key] = max(generations[pool.key] ?? .min, pool.generation)
    } else if version.hasPrefix("kueue.x-k8s.io/") {
      if kind == "ResourceFlavor" {
        let labels = node["spec"]?["nodeLabels"]
        let type =
          labels?["node.kubernetes.io/instance-type"]?.text ?? labels?["beta.kubernetes.io/instance-type"]?.text
        if let name = node["metadata"]?["name"]?.text, let type { machines[name] = type }
      } else if kind == "ClusterQueue" || kind == "LocalQueue" {
        pending.append((node, file))
      }
    }
  }

  private static func pool(_ node: Node) -> (key: String, generation: Int) {
    let pool = node["spec"]?["pool"]
    return (
      "\(node["spec"]?["driver"]?.text ?? "")/\(pool?["name"]?.text ?? "")", pool?["generation"]?.integer ?? 0
    )
  }

  /// What was read, as objects.
  func objects() -> [ImportedObject] {
    var copy = self
    for slice in slices where Self.pool(slice).generation == generations[Self.pool(slice).key] { copy.count(slice) }
    return copy.deviceObjects() + pending.map { queue($0.node, $0.file) }
  }

  // MARK: Devices

  private mutating func count(_ slice: Node) {
    let spec = slice["spec"]
    let driver = spec?["driver"]?.text ?? ""
    for entry in spec?["devices"]?.elements ?? [] {
      // v1beta1 kept attributes and capacity under `basic`.
      let device = entry["basic"] ?? entry
      let attributes = device["attributes"]
      func attribute(_ name: String) -> String? {
        let value = attributes?[name] ?? attributes?["\(driver)/\(name)"]
        return value?["string"]?.text ?? value?.text
      }
      let memory = device["capacity"]?["memory"] ?? device["capacity"]?["\(driver)/memory"]
      let kind = Device(
        driver: driver, product: attribute("productName") ?? attribute("model") ?? attribute("type") ?? "device",
        memory: memory?["value"]?.text ?? memory?.text ?? "")
      if devices[kind] == nil { order.append(kind) }
      devices[kind, default: 0] += 1
      if let node = spec?["nodeName"]?.text ?? entry["nodeName"]?.text { nodes[kind, default: []].insert(node) }
    }
  }

  private func deviceObjects() -> [ImportedObject] {
    Dictionary(grouping: order, by: \.driver).sorted { $0.key < $1.key }.map { driver, kinds in
      let sentences = kinds.map { kind -> String in
        let count = devices[kind] ?? 0
        let places = nodes[kind]?.count ?? 0
        let memory = kind.memory.isEmpty ? "" : " with \(kind.memory) of memory"
        return
          "\(NumberFormat.grouped(Double(count))) \(kind.product)\(memory)\(places > 0 ? " on \(NumberFormat.grouped(Double(places))) node\(places == 1 ? "" : "s")" : "")."
      }
      let total = kinds.reduce(0) { $0 + (devices[$1] ?? 0) }
      return ImportedObject(
        kind: "ResourceSlices", name: driver, namespace: nil, file: file,
        sentences: ["The driver \(driver) offers \(NumberFormat.grouped(Double(total))) devices."] + sentences,
        plan: Self.machine(kinds, devices))
    }
  }

  /// The machine of the catalog that holds such accelerators, with as many as there are devices for: the least type of those.
  private static func machine(_ kinds: [Device], _ devices: [Device: Int]) -> String {
    for kind in kinds {
      let product = kind.product.lowercased()
      let fits = Catalog.builtIn.machines.filter { machine in
        machine.accelerator.map { Self.isNamed($0.name, in: product) } ?? false
      }.sorted { ($0.acceleratorCount, $0.name) < ($1.acceleratorCount, $1.name) }
      if let machine = fits.first, machine.acceleratorCount > 0 {
        return "machines: [ { type: \(machine.name), quota: \((devices[kind] ?? 0) / machine.acceleratorCount) } ]"
      }
    }
    return ""
  }

  /// Whether a product's name has the word of an accelerator's that tells it from others: `h100` of `H100 SXM`.
  private static func isNamed(_ accelerator: String, in product: String) -> Bool {
    let words = accelerator.lowercased().split { !$0.isLetter && !$0.isNumber }
    let telling = words.first { $0.contains(where: \.isNumber) }
    return telling.map { product.split { !$0.isLetter && !$0.isNumber }.contains($0) } ?? false
  }

  // MARK: Queues

  private func queue(_ node: Node, _ file: String) -> ImportedObject {
    let name = node["metadata"]?["name"]?.text ?? ""
    let kind = node["kind"]?.text ?? ""
    guard kind == "ClusterQueue" else {
      let cluster = node["spec"]?["clusterQueue"]?.text ?? "-"
      return ImportedObject(
        kind: kind, name: name, namespace: node["metadata"]?["namespace"]?.text, file: file,
        sentences: ["Its workloads wait for the quota of the ClusterQueue \(cluster)."], plan: "")
    }
    var sentences: [String] = []
    var quotas: [String] = []
    // v1beta2 calls the cohort cohortName.
    let cohort = node["spec"]?["cohort"]?.text ?? node["spec"]?["cohortName"]?.text
    for group in node["spec"]?["resourceGroups"]?.elements ?? [] {
      for flavor in group["flavors"]?.elements ?? [] {
        let flavorName = flavor["name"]?.text ?? ""
        for resource in flavor["resources"]?.elements ?? [] {
          let what = resource["name"]?.text ?? ""
          let nominal = resource["nominalQuota"]?.text ?? "0"
          var sentence = "\(what) of flavor \(flavorName): \(nominal) of its own"
          if let more = resource["borrowingLimit"]?.text {
            sentence += ", \(more) more borrowed at most"
          } else if cohort != nil {
            sentence += ", more borrowed where others leave it"
          }
          if let lent = resource["lendingLimit"]?.text { sentence += ", \(lent) lent at most" }
          sentences.append(sentence + ".")
          if let quota = machineQuota(flavorName, what, nominal) { quotas.append(quota) }
        }
      }
    }
    if let cohort { sentences.append("It shares with the cohort \(cohort).") }
    if let within = node["spec"]?["preemption"]?["withinClusterQueue"]?.text, within != "Never" {
      sentences.append("Workloads of less priority make room (\(within)).")
    }
    if node["spec"]?["stopPolicy"]?.text ?? "None" != "None" { sentences.append("It is stopped: nothing is admitted.") }
    return ImportedObject(
      kind: kind, name: name, namespace: nil, file: file,
      sentences: sentences.isEmpty ? ["It has no quota: nothing is ever admitted."] : sentences,
      plan: quotas.isEmpty ? "" : "machines: [ \(quotas.joined(separator: ", ")) ]")
  }

  /// The quota of accelerators in whole machines of the type that the flavor's label names.
  private func machineQuota(_ flavor: String, _ resource: String, _ nominal: String) -> String? {
    guard resource.contains("gpu") || resource.contains("tpu"), let count = Int(nominal),
      let type = machines[flavor],
      let machine = Catalog.builtIn.machines.first(where: { $0.name == type }), machine.acceleratorCount > 0
    else { return nil }
    return "{ type: \(type), quota: \(count / machine.acceleratorCount) }"
  }
}
