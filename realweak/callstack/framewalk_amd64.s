//go:build gc && !purego

#include "textflag.h"

// func walk(pcs *uintptr, limit int) (n int, whole bool)
TEXT ·walk(SB), NOSPLIT, $0-25
	MOVQ pcs+0(FP), DI
	MOVQ limit+8(FP), SI
	MOVQ (TLS), AX
	MOVQ 0(AX), R8          // g.stack.lo
	MOVQ 8(AX), R9          // g.stack.hi
	XORQ CX, CX
	XORQ BX, BX
	MOVQ SP, R10            // every frame lies above the one it called
	CMPQ R10, R8
	JCS  done
	CMPQ R10, R9
	JCC  done
	SUBQ $16, R9            // the last place for a frame pointer and a return address
	MOVQ BP, DX

loop:
	CMPQ  CX, SI
	JGE   whole
	TESTQ DX, DX
	JEQ   whole
	CMPQ  DX, R10
	JLS   done
	CMPQ  DX, R9
	JHI   done
	TESTQ $7, DX
	JNE   done
	MOVQ  8(DX), R11
	MOVQ  R11, (DI)(CX*8)
	INCQ  CX
	MOVQ  DX, R10
	MOVQ  (DX), DX
	JMP   loop

whole:
	MOVQ $1, BX

done:
	MOVQ CX, n+16(FP)
	MOVB BX, whole+24(FP)
	RET
