import Catalogs
import Documents
import Quantities
import Scaling

/// One requirement of a Karpenter NodePool: a label, how it is compared, and with what (karpenter.sh, "NodePools").
struct KarpenterRequirement {
  var key: String
  var comparison: String
  var values: [String]

  init(_ node: Node) {
    key = node["key"]?.text ?? ""
    comparison = node["operator"]?.text ?? ""
    values = (node["values"]?.elements ?? []).compactMap(\.text)
  }

  /// The last part of its label: `instance-family` of `karpenter.k8s.aws/instance-family`.
  private var word: String { key.split(separator: "/").last.map(String.init) ?? key }

  // MARK: Saying it

  static func sentences(_ all: [KarpenterRequirement]) -> [String] {
    let told = all.compactMap(\.sentence)
    let isTyped = all.contains { ["instance-type", "instance-family", "instance-category"].contains($0.word) }
    return (isTyped ? [] : ["Brings machines of any type that its requirements allow."]) + told
  }

  private var sentence: String? {
    let names: [String: String] = [
      "instance-type": "type", "instance-family": "family", "instance-category": "category",
      "instance-generation": "generation", "capacity-type": "capacity type", "arch": "architecture", "zone": "zone",
      "instance-gpu-name": "GPU", "instance-gpu-count": "number of GPUs", "instance-cpu": "number of CPUs",
      "instance-memory": "memory in MiB",
    ]
    guard let name = names[word] else { return nil }
    let list =
      values.count > 1
      ? values.dropLast().joined(separator: ", ") + " or " + values[values.count - 1] : values.first ?? ""
    switch comparison {
    case "In" where word == "instance-type": return "Brings machines of type \(values.joined(separator: ", "))."
    case "In" where word == "capacity-type": return "Machines are \(list)."
    case "In": return "The \(name) is \(list)."
    case "NotIn": return "The \(name) is never \(list)."
    case "Gt": return "The \(name) is above \(list)."
    case "Lt": return "The \(name) is below \(list)."
    case "Exists": return "A \(name) must be there."
    case "DoesNotExist": return "There is no \(name)."
    default: return nil
    }
  }

  // MARK: Using it

  /// Machines of a catalog that the requirements allow, those with accelerators last to first by price; empty where the
  /// requirements do not narrow the types.
  static func machines(_ all: [KarpenterRequirement], of catalog: Catalog) -> [Machine] {
    let typed = all.filter { ["instance-type", "instance-family", "instance-category"].contains($0.word) }
    guard !typed.isEmpty || all.contains(where: { $0.word == "instance-gpu-name" }) else { return [] }
    let found = catalog.machines.filter { machine in all.allSatisfy { $0.allows(machine) } }
    // A list of types is an order of preference for who reads it; else the cheapest comes first.
    if let list = all.first(where: { $0.word == "instance-type" && $0.comparison == "In" }) {
      let known = list.values.compactMap { name in found.first { $0.name == name } }
      if !known.isEmpty { return known }
      return list.values.first.map { [Machine(name: $0, cloud: "own", vcpus: 0, memory: .zero)] } ?? []
    }
    return found.sorted { a, b in
      guard let cheap = a.price()?.hourly, let dear = b.price()?.hourly, cheap != dear else { return a.name < b.name }
      return cheap < dear
    }
  }

  /// Whether a machine passes; what nothing is known of passes.
  private func allows(_ machine: Machine) -> Bool {
    let family = machine.name.split(separator: ".").first.map(String.init) ?? machine.name
    let own: String?
    switch word {
    case "instance-type": own = machine.name
    case "instance-family": own = family
    case "instance-category": own = String(family.prefix { $0.isLetter })
    case "instance-gpu-count": own = "\(machine.acceleratorCount)"
    case "instance-cpu": own = machine.vcpus > 0 ? "\(machine.vcpus)" : nil
    case "instance-gpu-name":
      // Karpenter writes a10g, the catalog A10G or A100-80GB.
      let name = machine.accelerator?.name.lowercased() ?? ""
      let hit = values.contains { name == $0.lowercased() || name.hasPrefix($0.lowercased() + "-") }
      return comparison == "In" ? hit : comparison == "NotIn" ? !hit : true
    default: own = nil
    }
    guard let own else { return true }
    switch comparison {
    case "In": return values.contains(own)
    case "NotIn": return !values.contains(own)
    case "Gt": return Double(own).flatMap { a in values.first.flatMap(Double.init).map { a > $0 } } ?? true
    case "Lt": return Double(own).flatMap { a in values.first.flatMap(Double.init).map { a < $0 } } ?? true
    default: return true
    }
  }

  /// The most machines of a type that a pool's limits hold; nil where none of them bounds it.
  static func quota(_ limits: [(key: String, text: String)], of machine: Machine) -> Int? {
    limits.compactMap { key, text -> Int? in
      guard let limit = KubernetesQuantity(text).map({ Double($0.milli) / 1000 }) else { return nil }
      let each: Double
      switch key {
      case "cpu": each = Double(machine.vcpus)
      case "memory": each = machine.memory.rawValue
      case "nodes": each = 1
      case "nvidia.com/gpu", "amd.com/gpu", "aws.amazon.com/neuron", "google.com/tpu":
        each = machine.accelerator == nil ? 0 : Double(machine.acceleratorCount)
      default: return nil
      }
      guard each > 0 else { return nil }
      return Int(min(1e7, (limit / each + 1e-9).rounded(.down)))
    }.min()
  }
}
