//go:build gc && !purego

#include "textflag.h"

// func walk(pcs *uintptr, limit int) (n int, whole bool)
TEXT ·walk(SB), NOSPLIT, $0-25
	MOVD pcs+0(FP), R0
	MOVD limit+8(FP), R1
	MOVD 0(g), R2           // g.stack.lo
	MOVD 8(g), R3           // g.stack.hi
	MOVD ZR, R4
	MOVD ZR, R5
	MOVD RSP, R6
	CMP  R2, R6
	BLO  done
	CMP  R3, R6
	BHS  done
	SUB  $16, R3            // the last place for a frame pointer and a return address
	SUB  $16, R6            // every frame lies above the one it called; the first begins a word below RSP
	MOVD R29, R7

loop:
	CMP  R1, R4
	BGE  whole
	CBZ  R7, whole
	CMP  R6, R7
	BLS  done
	CMP  R3, R7
	BHI  done
	TST  $7, R7
	BNE  done
	MOVD 8(R7), R8
	MOVD R8, (R0)(R4<<3)
	ADD  $1, R4
	MOVD R7, R6
	MOVD (R7), R7
	B    loop

whole:
	MOVD $1, R5

done:
	MOVD R4, n+16(FP)
	MOVB R5, whole+24(FP)
	RET
