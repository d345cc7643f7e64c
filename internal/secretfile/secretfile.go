// Package secretfile reads files with keys, which nobody but the one who runs the server may read.
package secretfile

import (
	"fmt"
	"os"
	"runtime"
)

// Read reads a file with a key. It refuses one that others on the machine could have read already. Windows keeps rights
// elsewhere: there it is the folder that must be closed.
func Read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return nil, fmt.Errorf("密钥文件 %s 的权限为 %04o，本机其他用户可以读取：请改为只有运行服务的账号可读（chmod 600 %s）；可能已经泄露的，请更换密钥", path, mode, path)
	}
	return os.ReadFile(path)
}
