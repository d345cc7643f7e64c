package main

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"shouwang/activities"
	"shouwang/api"
	"shouwang/internal/deptlist"
	"shouwang/models"
)

type keysCmd struct {
	Status keysStatusCmd `cmd:"" help:"各数据密钥加密了多少内容"`
	Rotate keysRotateCmd `cmd:"" help:"启用新的数据密钥，并在服务运行中把全部加密内容改用新密钥；加 --index 则更换盲索引密钥；中断后加 --resume 接着做"`
	Drop   keysDropCmd   `cmd:"" help:"销毁不再使用的旧数据密钥和旧索引密钥：此前的数据库备份从此不能打开"`
	Rekey  keysRekeyCmd  `cmd:"" help:"更换密钥文件，用新的主密钥重新包裹全部数据密钥"`
}

type (
	keysStatusCmd struct{}
	keysRotateCmd struct {
		Resume bool `help:"不再启用新密钥，只把尚未改用现行密钥的内容改过来"`
		Index  bool `help:"更换盲索引密钥：身份证号、电话、儿童姓名和名单疑点的索引全部改用新密钥"`
	}
	keysDropCmd  struct{}
	keysRekeyCmd struct{}
)

// files are the folders of sealed files.
func (c *Config) files(v *models.Vault) api.SealedBlobs {
	return api.SealedBlobs{Dir: api.DirBlobs(filepath.Join(c.Data, "attachments")), Vault: v}
}

// sealedWith counts all that is sealed, in the database and in files, by the number of its key.
func (c *Config) sealedWith(ctx context.Context, e *activities.Engine) (map[uint32]int, error) {
	out, err := e.Store.SealedWith(ctx)
	if err != nil {
		return nil, err
	}
	blobs := c.files(e.Store.Vault)
	for _, count := range []func() (map[uint32]int, error){blobs.SealedWith, func() (map[uint32]int, error) { return api.ExportsSealedWith(blobs.Dir.Exports()) }} {
		more, err := count()
		if err != nil {
			return nil, err
		}
		for key, n := range more {
			out[key] += n
		}
	}
	return out, nil
}

// Run tells how much is sealed with each key.
func (keysStatusCmd) Run(ctx context.Context, cfg *Config) error {
	e, err := cfg.asOwner().open(ctx, false)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	counts, err := cfg.sealedWith(ctx, e)
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		switch {
		case key == 0 && counts[key] > 0:
			fmt.Printf("尚未使用数据密钥的旧内容：%d 项\n", counts[key])
		case key == e.Store.Vault.Key():
			fmt.Printf("现行数据密钥 %d：%d 项\n", key, counts[key])
		case key != 0:
			fmt.Printf("旧数据密钥 %d：%d 项\n", key, counts[key])
		}
	}
	rows, err := e.Store.IndexedWith(ctx)
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(rows)) {
		word := "旧"
		if key == e.Store.Vault.IndexKey() {
			word = "现行"
		}
		fmt.Printf("%s%s：%d 行\n", word, indexKeyName(key), rows[key])
	}
	return nil
}

func indexKeyName(key uint32) string {
	if key == 0 {
		return "密钥文件中的索引密钥"
	}
	return fmt.Sprintf("索引密钥 %d", key)
}

// Run makes a new data key and seals everything anew with it, while servers go on.
func (k keysRotateCmd) Run(ctx context.Context, cfg *Config) error {
	e, err := cfg.asOwner().open(ctx, false)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	if k.Index {
		return k.index(ctx, e.Store)
	}
	if !k.Resume {
		if _, err := e.Store.NewKey(ctx); err != nil {
			return err
		}
		fmt.Printf("已启用数据密钥 %d\n", e.Store.Vault.Key())
		// Servers that run seal with the old one until they look again.
		if err := e.Store.KeysSeen(ctx); err != nil {
			return err
		}
	}
	for pass := 1; ; pass++ {
		n, err := cfg.reseal(ctx, e)
		if err != nil {
			return fmt.Errorf("改用新密钥中断（已完成 %d 项，可用 --resume 接着做）：%w", n, err)
		}
		fmt.Printf("已改用数据密钥 %d：%d 项\n", e.Store.Vault.Key(), n)
		counts, err := cfg.sealedWith(ctx, e)
		if err != nil {
			return err
		}
		delete(counts, e.Store.Vault.Key())
		left := 0
		for _, n := range counts {
			left += n
		}
		switch {
		case left == 0:
			return e.Store.Retire(ctx)
		case pass == resealPasses:
			return fmt.Errorf("还有 %d 项在改的同时被写入或正在写入，请稍后用 --resume 再做一次", left)
		}
		select { // what a server had in hand is written by then
		case <-time.After(resealPause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// index makes a new key of blind indexes, has every server know it before any writes under it, and computes all indexes anew.
func (k keysRotateCmd) index(ctx context.Context, s *models.Store) error {
	if !k.Resume {
		if err := s.NewIndexKey(ctx); err != nil {
			return err
		}
	}
	for _, step := range []func(context.Context) error{s.KeysSeen, s.UseIndexKey, s.KeysSeen} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	fmt.Printf("已启用%s\n", indexKeyName(s.Vault.IndexKey()))
	for pass := 1; ; pass++ {
		n, err := s.Reindex(ctx, deptlist.Named, tellResealed)
		if err != nil {
			return fmt.Errorf("改用新索引密钥中断（已完成 %d 行，可用 --index --resume 接着做）：%w", n, err)
		}
		left, err := s.IndexDone(ctx)
		if err != nil {
			return err
		}
		switch {
		case left == 0:
			fmt.Printf("全部索引已改用%s\n", indexKeyName(s.Vault.IndexKey()))
			return nil
		case pass == resealPasses:
			return fmt.Errorf("还有 %d 行在改的同时被写入，请稍后用 --index --resume 再做一次", left)
		}
		select {
		case <-time.After(resealPause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func tellResealed(r models.Resealed) {
	if r.Done%500 == 0 {
		fmt.Printf("  %s：%d 项\n", r.Place, r.Done)
	}
}

// resealPasses is how often everything is gone through for what was written meanwhile, with resealPause between.
const (
	resealPasses = 5
	resealPause  = 2 * time.Second
)

// reseal seals with the present key all that is sealed with another, and tells how many things that were.
func (cfg *Config) reseal(ctx context.Context, e *activities.Engine) (total int, err error) {
	blobs := cfg.files(e.Store.Vault)
	tell := tellResealed
	for _, step := range []func() (int, error){
		func() (int, error) { return e.Store.SealNames(ctx, tell) },
		func() (int, error) { return e.Store.Reseal(ctx, tell) },
		func() (int, error) { return blobs.Reseal(ctx, tell) },
		func() (int, error) { return api.ResealExports(ctx, e.Store, blobs.Dir.Exports(), tell) },
	} {
		n, err := step()
		if total += n; err != nil {
			return total, err
		}
	}
	return total, nil
}

// Run destroys the data keys that nothing is sealed with any more. What an older backup, or a free page of the database,
// still holds cannot be opened afterwards by anybody.
func (keysDropCmd) Run(ctx context.Context, cfg *Config) error {
	e, err := cfg.asOwner().open(ctx, false)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	counts, err := cfg.sealedWith(ctx, e)
	if err != nil {
		return err
	}
	n, err := e.Store.DropKeys(ctx, counts)
	if err != nil {
		return err
	}
	indexes, err := e.Store.DropIndexKeys(ctx)
	if err == nil {
		fmt.Printf("已销毁 %d 个旧数据密钥、%d 个旧索引密钥\n", n, indexes)
	}
	return err
}

// Run changes the key file.
func (keysRekeyCmd) Run(ctx context.Context, cfg *Config) error {
	e, err := cfg.asOwner().open(ctx, false)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	counts, err := cfg.sealedWith(ctx, e)
	if err != nil {
		return err
	}
	if err := e.Store.Rekey(ctx, counts[0] == 0); err != nil {
		return err
	}
	fmt.Printf("已更换密钥文件 %s。请另行备份；旧文件只能打开此前的数据库备份\n", cfg.keys())
	if counts[0] > 0 {
		fmt.Printf("文件中仍留有旧密钥，因为还有 %d 项旧内容；请运行 shouwang keys rotate 后再做一次\n", counts[0])
	}
	return nil
}
