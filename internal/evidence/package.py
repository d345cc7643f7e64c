# 核对解压后的审计包，只用 Python 3 标准库；签名用 openssl 命令核对。用法：python3 核对.py [公布的公钥]
import base64, hashlib, json, os, subprocess, sys, tempfile

def sha(b): return hashlib.sha256(b).digest()
def hexsha(s): return sha(s.encode()).hex()
def read(path): return open(path, "rb").read()
def lines(path): return [json.loads(l) for l in open(path, encoding="utf-8") if l.strip()]
def fail(text): sys.exit("不成立：" + text)

def signed(public, message, signature):
    der = bytes.fromhex("302a300506032b6570032100") + public
    with tempfile.TemporaryDirectory() as d:
        for name, body in (("k", der), ("m", message), ("s", signature)):
            open(os.path.join(d, name), "wb").write(body)
        k, m, s = (os.path.join(d, n) for n in "kms")
        return subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", k, "-rawin", "-in", m, "-sigfile", s],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

def root(leaf, index, size, proof):  # RFC 9162, 2.1.3.2
    h, i, last = sha(b"\0" + leaf.encode()), index, size - 1
    for p in map(base64.b64decode, proof):
        if not last: return None
        if i & 1 or i == last:
            h = sha(b"\1" + p + h)
            while i and not i & 1: i, last = i >> 1, last >> 1
        else:
            h = sha(b"\1" + h + p)
        i, last = i >> 1, last >> 1
    return None if last else h

os.chdir(os.path.dirname(os.path.abspath(__file__)))
key = sys.argv[1] if len(sys.argv) > 1 else read("key.txt").decode().strip()
name, _, material = key.split("+", 2)
public = base64.b64decode(material)[1:]
if not signed(public, read("SHA256SUMS"), read("SHA256SUMS.sig")): fail("清单的签名")

sums = dict(reversed(l.split("  ", 1)) for l in read("SHA256SUMS").decode().splitlines())
found = {os.path.relpath(os.path.join(d, f), ".").replace(os.sep, "/") for d, _, fs in os.walk(".") for f in fs}
for extra in found - sums.keys() - {"SHA256SUMS", "SHA256SUMS.sig"}: fail("清单之外的文件 " + extra)
for f, want in sums.items():
    if f not in found: fail("缺少文件 " + f)
    if sha(read(f)).hex() != want: fail("文件 " + f)

note = read("checkpoint.txt")
text, _, signatures = note.partition(b"\n\n")
if not any(signed(public, text + b"\n", base64.b64decode(l.split()[-1])[4:]) for l in signatures.splitlines() if l.split()[1].decode() == name): fail("检查点的签名")
origin, size, top = text.decode().split("\n")[:3]
size, top = int(size), base64.b64decode(top)

cases = sorted(f[:-len("/about.json")] for f in sums if f.startswith("cases/") and f.endswith("/about.json"))
if len(cases) != json.loads(read("about.json"))["cases"]: fail("事项的个数")
total = 0
for c in cases:
    about, prev, acts = json.loads(read(c + "/about.json")), "", lines(c + "/acts.jsonl")
    if read(c + "/checkpoint.txt") != note: fail(c + " 的检查点")
    for n, x in enumerate(acts, 1):
        a = json.loads(x["act"])
        if (a["case"], a["seq"], a["prev"]) != (about["case"], n, prev): fail("%s 第 %d 条记录" % (c, n))
        if "form" in x and hexsha(x["salt"] + x["form"]) != a["payload"]: fail("%s 第 %d 条的表单" % (c, n))
        prev = hexsha(x["act"])
        if root("%s %d %s\n" % (hexsha(a["case"]), n, prev), x["index"], size, x["proof"]) != top: fail("%s 第 %d 条的封存" % (c, n))
    if (len(acts), prev) != (about["acts"], about["head"]): fail(c + " 末尾的记录")
    for x in lines(c + "/access.jsonl"):
        if root("access %d %s\n" % (json.loads(x["entry"])["seq"], hexsha(x["entry"])), x["index"], size, x["proof"]) != top: fail(c + " 的查阅记录")
    for f in lines(c + "/files.jsonl"):
        form = acts[f["seq"] - 1].get("form")
        if form is not None and '"%s"' % f["sha256"] not in form: fail("%s 的 %s 不是所登记的" % (c, f["title"]))
        if f.get("file") and sums[c + "/" + f["file"]] != f["sha256"]: fail(c + "/" + f["file"])
    total += len(acts)
print("成立：%d 个文件、%d 个事项、%d 条办理记录，检查点 %d 条，%s" % (len(sums), len(cases), total, size, text.decode().split("\n")[3]))
if len(sys.argv) == 1: print("公钥取自包内，请与公布的比对：" + key)
